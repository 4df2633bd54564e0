"use strict";
// Tables are sorted by their makers; this lets a reader sort them otherwise.  Without it they read as they are.
const sortable = () => { for (const table of document.querySelectorAll("table.tiers:not([data-sorts]), table.sortable:not([data-sorts])")) {
  table.dataset.sorts = "";
  const body = table.tBodies[0];
  table.tHead.rows[0].querySelectorAll("th:not([data-fixed])").forEach((head) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    while (head.firstChild) button.append(head.firstChild);
    head.append(button);
    button.addEventListener("click", () => {
      const index = head.cellIndex;
      const key = (row) => {
        const cell = row.cells[index];
        const raw = cell.dataset.sort ?? cell.textContent.trim();
        const number = Number(raw.replace("%", "").replace("−", "-").split(" ")[0]);
        return raw !== "" && !Number.isNaN(number) ? number : raw;
      };
      const up = head.getAttribute("aria-sort") === "descending" || (!head.hasAttribute("aria-sort") && typeof key(body.rows[0]) === "string") || (!head.hasAttribute("aria-sort") && index < 2);
      const order = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
      const rows = Array.from(body.rows).sort((a, b) => (up ? 1 : -1) * order(key(a), key(b)));
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      for (const row of rows) row.classList.toggle("first", false);
      body.append(...rows);
    });
  });
} };
sortable();
// Browsers that do not open a closed card on the way to a place within it.
const reveal = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", reveal);
if (location.hash) reveal();
