// Says as a line is left who in it may be known already, or stands in the table twice. The table goes by POST, to nobody else,
// and is not kept; the same question is asked when it is sent, so this only comes earlier. Nothing takes the focus.
const CELLS = /^(name|age|contested|gender|citizenship|phone|told|same|asked)_\d+$|^(happened_on.*|lines|row_id)$/;
for (const table of document.querySelectorAll("table[data-same]")) {
  const { form } = table.querySelector("input");
  const said = form.querySelector("[data-same-said]");
  const before = new Map(), timers = new Map(), asking = new Map();
  const typed = (line) => ["name", "age", "contested", "gender", "citizenship", "phone"].map((cell) => {
    const field = form.elements[`${cell}_${line}`];
    return field.type === "checkbox" ? String(field.checked) : field.value.trim();
  });
  const ask = async (row) => {
    const { line } = row.dataset;
    asking.get(line)?.abort();
    const stop = new AbortController();
    asking.set(line, stop);
    const body = new URLSearchParams([...new FormData(form)].filter(([name, value]) => CELLS.test(name) && value));
    body.set("line", line);
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const answer = await fetch(table.dataset.same, { method: "POST", body, signal: stop.signal }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const words = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (stop.signal.aborted) return;
    form.querySelector(`tr[data-same-of="${line}"]`)?.remove();
    form.querySelector(`input[name="asked_${line}"]`)?.remove();
    row.cells[0].append(...words.querySelectorAll(`input[name="asked_${line}"]`));
    const doubt = words.querySelector("tr");
    if (!doubt) return;
    (row.nextElementSibling?.matches(".why:not(.same)") ? row.nextElementSibling : row).after(doubt);
    said.textContent = doubt.querySelector("summary").textContent;
  };
  for (const row of table.querySelectorAll("tr[data-line]")) {
    const { line } = row.dataset;
    before.set(line, typed(line).join("\n"));
    row.addEventListener("focusout", ({ relatedTarget }) => {
      const now = typed(line);
      if (row.contains(relatedTarget) || now.join("\n") === before.get(line)) return;
      before.set(line, now.join("\n"));
      clearTimeout(timers.get(line));
      timers.set(line, setTimeout(ask, 300, row));
    });
  }
  form.addEventListener("submit", () => {
    for (const timer of timers.values()) clearTimeout(timer);
    for (const one of asking.values()) one.abort();
  });
}
