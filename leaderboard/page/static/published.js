"use strict";
// The table of published results: sorted by a click on a column, and narrowed to a setting or a dialect.
(() => {
  const table = document.querySelector("#published table");
  if (!table) return;
  const byId = (id) => document.getElementById(id);
  const rows = [...table.tBodies[0].rows], heads = [...table.tHead.rows[0].cells];
  const text = (row, column) => row.cells[column].textContent.trim();
  const order = (column) => (a, b) => {
    const [one, two] = [text(a, column), text(b, column)];
    const [x, y] = [Number.parseFloat(one), Number.parseFloat(two)];
    if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
    return Number.isNaN(x) ? one.localeCompare(two) : y - x;
  };
  let sorted = -1, down = true;
  function sort(column) {
    down = column === sorted ? !down : true;
    sorted = column;
    const found = [...rows].sort(order(column));
    const known = found.filter((row) => text(row, column) !== "\u2014");
    const none = found.filter((row) => text(row, column) === "\u2014"); // last whichever way
    table.tBodies[0].append(...(down ? known : known.reverse()), ...none);
    heads.forEach((head, number) => {
      if (number === column) head.setAttribute("aria-sort", down === /^[\d.\u2014]+$/.test(text(rows[0], column)) ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }
  table.parentElement.classList.add("sorts");
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });
  const filters = [...document.querySelectorAll("[data-published]")].map((select) => {
    const column = heads.findIndex((head) => head.textContent.trim() === select.dataset.published);
    for (const value of new Set(rows.map((row) => text(row, column)))) select.add(new Option(value, value));
    select.addEventListener("change", filter);
    return { select, column };
  });
  function filter() {
    for (const row of rows) row.hidden = filters.some(({ select, column }) => select.value && select.value !== text(row, column));
    const shown = rows.filter((row) => !row.hidden).length;
    byId("published-count").textContent = shown ? `${shown} of ${rows.length} rows` : `No row of ${rows.length} fits: choose any`;
  }
  filter();
})();
