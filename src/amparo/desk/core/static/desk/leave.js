// Leave now: empties the page before the answer comes, and takes it out of the browser's history. Esc twice does the same.
const form = document.querySelector("[data-leave]");
let last = 0;
const leave = async () => {
  document.title = "…";
  document.body.replaceChildren();
  const answer = await fetch(form.action, { method: "POST", keepalive: true, credentials: "same-origin" }).catch(() => null);
  location.replace(answer?.url ?? "about:blank");
};
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  leave();
});
document.addEventListener("keydown", (event) => {
  if (!form || event.key !== "Escape") return;
  if (event.timeStamp - last < 800) leave();
  last = event.timeStamp;
});
