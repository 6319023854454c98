// Leave now: an ordinary calendar stands there before any answer comes, also on a bad line, and the page leaves the browser's history.
// What was typed and not kept yet goes along, to be sealed before the session ends. Esc twice does the same.
const form = document.querySelector("[data-leave]");
const MOST_KEPT_ALIVE = 60_000;
const PATIENCE = 4000;
let last = -Infinity;
const typed = () => {
  const body = new URLSearchParams();
  for (const one of document.querySelectorAll("form[data-unsent]")) {
    const fields = [...new FormData(one)].filter(([, value]) => !(value instanceof File));
    body.append("typed", new URLSearchParams(fields).toString());
  }
  return body;
};
const send = (body) => fetch(form.action, { method: "POST", body, keepalive: body.toString().length < MOST_KEPT_ALIVE, credentials: "same-origin" }).catch(() => null);

// Keeps what was typed, for whoever typed it, and ends the session if it still stands.
export const keep = async () => {
  const body = typed();
  if (form && body.has("typed")) await send(body);
};

const calendar = () => {
  const { lang } = document.documentElement;
  const today = new Date();
  const month = document.createElement("h1");
  month.textContent = today.toLocaleDateString(lang, { month: "long", year: "numeric" });
  const days = document.createElement("p");
  days.textContent = today.toLocaleDateString(lang, { weekday: "long", day: "numeric" });
  document.title = month.textContent;
  document.body.replaceChildren(month, days);
};
const leave = async () => {
  const body = typed();
  calendar();
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE, null); });
  const sending = send(body);
  const answer = await Promise.race([sending, late]);
  if (answer?.redirected) location.replace(answer.url);
  else history.replaceState(null, "", "/calendar/");
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
