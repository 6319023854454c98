// Refreshes the bar of a running import; without script the page's own link does.
const EVERY_MS = 1000;
for (const block of document.querySelectorAll("[data-progress]")) {
  const bar = block.querySelector("progress"), label = block.querySelector(".t b"), counts = block.querySelector(".t span");
  const first = bar.hasAttribute("max");
  let failed = 0;
  const look = async () => {
    try {
      const answer = await fetch(block.dataset.progress, { headers: { Accept: "application/json", "X-Amparo-Quiet": "1" } });
      if (!answer.ok || answer.redirected) return;
      const now = await answer.json();
      if (now.state !== "queued" && now.state !== "running") return location.reload();
      label.textContent = now.label;
      bar.setAttribute("aria-label", now.label);
      if (now.total) { bar.max = now.total; bar.value = now.done; } else bar.removeAttribute("value");
      counts.textContent = [now.total ? `${now.done} / ${now.total}` : "", now.left].filter(Boolean).join(" · ");
      failed = 0;
    } catch { failed += 1; }
    if (failed < 10) setTimeout(look, EVERY_MS);
  };
  setTimeout(look, first ? EVERY_MS : 300);
}
