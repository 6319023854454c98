// Says before a session ends by itself; when it has ended, keeps what was typed and takes the page off the screen.
import { keep } from "./leave.js";

const note = document.querySelector("[data-session]");
const EARLY = 120;
const ask = async (method, body) => {
  const answer = await fetch(note.dataset.session, { method, body, headers: { "X-Amparo-Quiet": "1" }, redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") return { idle: 0, whole: 0 };
  return answer?.ok ? answer.json().catch(() => null) : null;
};
const end = async () => {
  await keep();
  location.replace(location.href);
};
const wait = (seconds) => setTimeout(look, Math.max(seconds, 1) * 1000);
const look = async () => {
  const left = await ask("GET");
  if (!left) return wait(20);
  if (left.idle <= 0) return end();
  note.hidden = left.idle > EARLY;
  note.querySelector("[data-session-idle]").hidden = left.whole <= EARLY;
  note.querySelector("[data-session-whole]").hidden = left.whole > EARLY;
  note.querySelector("[data-session-stay]").hidden = left.whole <= EARLY;
  wait(left.idle > EARLY ? left.idle - EARLY : Math.min(left.idle + 1, 20));
};
if (note) {
  note.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const left = await ask("POST", new URLSearchParams(new FormData(event.target)));
    note.hidden = Boolean(left && left.idle > EARLY);
  });
  wait(Number(note.dataset.left) - EARLY);
}
