// Shows at once the questions that follow from an answer. The server decides the same when the form is sent; see questions/expressions.py.
// A comparison with an answer that is unknown or declined is unsure (null): only what is certainly true shows a question.
const root = document.querySelector("[data-asked]");
const form = root.closest("form");
const rows = [...root.querySelectorAll("[data-when]")].map((row) => ({ row, when: JSON.parse(row.dataset.when) }));
const said = (value) => value === "unknown" || value === "declined";

function answer(place) {
  const row = root.querySelector(`[data-place="${CSS.escape(place)}"]`);
  if (row?.hidden) return "";
  const name = "q." + place;
  if (form.elements[name + "_known"]) return day(name);
  const other = form.elements[name + "_said"]?.value;
  if (other) return other;
  const found = new FormData(form).getAll(name).map((text) => text.trim()).filter(Boolean);
  if (found.length === 1 && said(found[0])) return found[0];
  return form.querySelector(`input[type=checkbox][name="${CSS.escape(name)}"]`) ? found : (found[0] ?? "");
}
function day(name) {
  const [y, m, d, known] = ["year", "month", "day", "known"].map((part) => form.elements[`${name}_${part}`].value.trim());
  if (said(known)) return known;
  return y ? [y, m && m.padStart(2, "0"), m && d && d.padStart(2, "0")].filter(Boolean).join("-") : "";
}
const span = (text) => {
  const [y, m, d] = text.split("-");
  return d ? [text, text] : [`${y}-${m ?? "01"}-01`, `${y}-${m ?? "12"}-${m ? String(new Date(y, m, 0).getDate()).padStart(2, "0") : "31"}`];
};
const isDay = (value) => typeof value === "string" && /^\d{4}(-\d\d){0,2}$/.test(value);
function value([kind, held]) {
  if (kind === "answer") return answer(held);
  if (kind === "day") return { day: held || new Date().toLocaleDateString("sv") };
  if (kind === "count") { const found = answer(held[1]); return said(found) ? found : Array.isArray(found) ? found.length : Number(found !== ""); }
  return held;
}
function compared(sign, one, other) {
  if (said(one) || said(other)) return said(one) && said(other) && (sign === "=" || sign === "!=") ? (one === other) === (sign === "=") : null;
  const empty = [one, other].map((each) => each === "" || (Array.isArray(each) && !each.length));
  if (empty[0] || empty[1]) return sign === "=" ? empty[0] && empty[1] : sign === "!=" ? empty[0] !== empty[1] : null;
  if (one?.day || other?.day) return days(sign, one.day ?? one, other.day ?? other);
  if (typeof one === "number" || typeof other === "number" || !["=", "!="].includes(sign)) {
    const [a, b] = [one, other].map((each) => Number(String(each).replace(",", ".")));
    return Number.isNaN(a) || Number.isNaN(b) ? (sign === "=" ? false : sign === "!=" ? true : null) : order(sign, a, b);
  }
  const [a, b] = [one, other].map((each) => [each].flat().sort().join("\n"));
  return (a === b) === (sign === "=");
}
const order = (sign, a, b) => ({ "=": a === b, "!=": a !== b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b })[sign];
function days(sign, one, other) {
  if (!isDay(one) || !isDay(other)) return sign === "=" ? false : sign === "!=" ? true : null;
  if (sign[0] === ">") return days(sign.replace(">", "<"), other, one);
  const [[a, z], [from, to]] = [span(one), span(other)];
  if (sign === "<") return z < from ? true : a >= to ? false : null;
  if (sign === "<=") return z <= from ? true : a > to ? false : null;
  if (z < from || to < a) return sign === "!=";
  return a === z && from === to ? sign === "=" : null;
}
const all = (found, wanted) => (found.includes(wanted) ? wanted : found.includes(null) ? null : !wanted);
function holds([kind, ...parts]) {
  if (kind === "always") return parts[0];
  if (kind === "not") { const inner = holds(parts[0]); return inner === null ? null : !inner; }
  if (kind === "both") return all(parts.map(holds), false);
  if (kind === "either") return all(parts.map(holds), true);
  if (kind === "compare") return compared(parts[0], value(parts[1]), value(parts[2]));
  const [found, code] = [value(parts[0]), value(parts[1])];
  return said(found) ? (found === code ? true : said(code) ? false : null) : [found].flat().includes(code);
}
function show() {
  const seen = new Set(form.elements.seen.value.split(" "));
  for (let round = 0; round < rows.length; round += 1) {
    const before = rows.map(({ row }) => row.hidden).join();
    for (const { row, when } of rows) row.hidden = !when.every((each) => holds(each) === true);
    if (before === rows.map(({ row }) => row.hidden).join()) break;
  }
  for (const { row } of rows) if (!row.hidden && row.dataset.place) seen.add(row.dataset.place);
  form.elements.seen.value = [...seen].join(" ");
}
form.addEventListener("change", show);
show();
