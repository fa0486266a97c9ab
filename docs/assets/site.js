// What the theme leaves out: its search dialog has no name, wide tables are scrolled with the mouse alone, and none is
// sorted; those in an element of class "sortable" are, by the column whose head is pressed.
(() => {
  const value = (row, column) => row.cells[column].textContent.trim().replace(/^<\s*/, "");
  // Numbers by size, words by the alphabet; what has none stays at the end either way.
  function ordered(one, other, sign) {
    const [a, b] = [parseFloat(one), parseFloat(other)];
    if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
    return sign * (Number.isNaN(a) || a === b ? one.localeCompare(other, "en", { numeric: true }) : a - b);
  }
  function sort(table, column) {
    const heads = table.tHead.rows[0].cells;
    const sign = heads[column].getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((one, other) => ordered(value(one, column), value(other, column), sign));
    table.tBodies[0].append(...rows);
  }

  function complete() {
    document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
    for (const wide of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
      wide.tabIndex = 0;
    }
    for (const table of document.querySelectorAll(".sortable table:not([data-sorted])")) {
      table.dataset.sorted = "";
      [...table.tHead.rows[0].cells].forEach((head, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.title = "sort by this column";
        button.append(...head.childNodes);
        button.addEventListener("click", () => sort(table, column));
        head.append(button);
      });
    }
  }

  complete();
  new MutationObserver(complete).observe(document.body, { childList: true, subtree: true });
})();
