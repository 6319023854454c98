// Leave now: empties the page before the answer comes, and takes it out of the browser's history. Esc twice does the same.
// What was typed and not kept yet goes with it, to be sealed there before the session ends.
const form = document.querySelector("[data-leave]");
const MOST_KEPT_ALIVE = 60_000;
let last = -Infinity;
const typed = () => {
  const body = new URLSearchParams();
  for (const one of document.querySelectorAll("form[data-unsent]")) {
    const fields = [...new FormData(one)].filter(([, value]) => !(value instanceof File));
    body.append("typed", new URLSearchParams(fields).toString());
  }
  return body;
};
const leave = async () => {
  const body = typed();
  document.title = "…";
  document.body.replaceChildren();
  const keepalive = body.toString().length < MOST_KEPT_ALIVE;
  const answer = await fetch(form.action, { method: "POST", body, keepalive, credentials: "same-origin" }).catch(() => null);
  location.replace(answer?.redirected ? answer.url : "about:blank");
};
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  leave();
});
document.addEventListener("keydown", (event) => {
  if (!form || event.key !== "Escape" || event.repeat) return;
  if (event.timeStamp - last < 800) leave();
  last = event.timeStamp;
});
