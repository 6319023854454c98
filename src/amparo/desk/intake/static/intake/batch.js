// Enter goes one line down in the same column, as in a spreadsheet; without script it checks what is typed and saves nothing.
for (const table of document.querySelectorAll("table[data-batch]")) {
  table.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input, select")) return;
    event.preventDefault();
    const cell = event.target.closest("td"), line = cell.parentElement;
    const lines = [...table.tBodies[0].querySelectorAll("tr:not(.why)")];
    const next = lines[lines.indexOf(line) + (event.shiftKey ? -1 : 1)];
    next?.children[cell.cellIndex].querySelector("input, select")?.focus();
  });
}
