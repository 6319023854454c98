// Keys: / search, n next field with an error, ? help. Also puts the focus on an error summary.
const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
const act = {
  "/": () => document.querySelector("[data-key-search]")?.focus(),
  "?": () => document.querySelector("[data-key-help]")?.click(),
  n: () => {
    const wrong = [...document.querySelectorAll("[aria-invalid=true]")];
    const here = wrong.indexOf(document.activeElement);
    wrong[(here + 1) % wrong.length]?.focus();
  },
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !act[event.key]) return;
  const inField = typing(event.target);
  if (inField && !(event.key === "n" && inField.matches("[type=radio], [type=checkbox], select"))) return;
  event.preventDefault();
  act[event.key]();
});
document.querySelector("[data-focus]")?.focus();
