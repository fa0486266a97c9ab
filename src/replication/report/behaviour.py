"""What the report does in a browser: sorts tables, filters by words, folds the contents on a phone.

Without it, as where scripts are off, everything can be read: it adds, and nothing waits for it.
"""

__all__ = ["SCRIPT"]

SCRIPT = """
const narrow = window.matchMedia("(max-width: 60rem)");
const contents = document.querySelector(".contents");
const fold = () => { contents.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();
contents.addEventListener("click", (event) => {
  if (narrow.matches && event.target.closest("a")) contents.open = false;
});

const value = (row, column) => row.cells[column].textContent.trim();
const ordered = (one, other) => {
  const [a, b] = [parseFloat(one), parseFloat(other)];
  if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
  return Number.isNaN(a) || a === b ? one.localeCompare(other, "en", { numeric: true }) : a - b;
};
const sort = (table, column) => {
  const head = table.tHead.rows[0].cells[column];
  const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows];
  rows.sort((one, other) => sign * ordered(value(one, column), value(other, column)));
  table.tBodies[0].append(...rows);
};
for (const table of document.querySelectorAll("table")) {
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    button.title = "sort by this column";
    button.addEventListener("click", () => sort(table, column));
    cell.append(button);
  });
}

const field = document.querySelector("#filter");
const told = document.querySelector(".filter output");
const parts = [...document.querySelectorAll(".item, #verdict tbody tr")];
const found = parts.map((part) => [part, part.textContent.toLowerCase()]);
const items = found.filter(([part]) => part.matches(".item")).length;
field.closest(".filter").hidden = false;
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const [part, text] of found) part.hidden = !words.every((word) => text.includes(word));
  for (const link of contents.querySelectorAll("ul ul a")) {
    const part = document.querySelector(link.hash);
    link.parentElement.hidden = part.hidden;
  }
  for (const section of document.querySelectorAll("main > section.data")) {
    section.hidden = words.length > 0 && !section.querySelector(".item:not([hidden])");
  }
  const shown = document.querySelectorAll(".item:not([hidden])").length;
  told.value = words.length ? `${shown} of ${items} figures and tables` : "";
});

const folded = document.querySelectorAll(".folded");
let closed = [];
window.addEventListener("beforeprint", () => {
  closed = [...folded].filter((part) => !part.open);
  closed.forEach((part) => { part.open = true; });
});
window.addEventListener("afterprint", () => closed.forEach((part) => { part.open = false; }));
"""
