"use strict";
// Search and sort for the tables; without this script the page reads the same, only unsorted.
(function () {
  const language = document.documentElement.lang;

  function sortable(table) {
    const body = table.tBodies[0];
    table.querySelectorAll("th.sort").forEach(function (head) {
      const column = Array.from(head.parentNode.children).indexOf(head);
      const button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) button.appendChild(head.firstChild);
      head.appendChild(button);
      button.addEventListener("click", function () {
        const up = head.getAttribute("aria-sort") !== "ascending";
        table.querySelectorAll("th").forEach(function (h) { h.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = Array.from(body.rows);
        rows.sort(function (a, b) { return (up ? 1 : -1) * compare(a.cells[column], b.cells[column]); });
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
  }

  function compare(a, b) {
    const x = a.dataset.v, y = b.dataset.v;
    if (x !== undefined && y !== undefined) {
      if (x === "" || y === "") return (x === "") - (y === "");
      return Number(x) - Number(y);
    }
    return a.textContent.trim().localeCompare(b.textContent.trim(), language, { numeric: true });
  }

  function searchable(tools) {
    const table = document.getElementById(tools.dataset.table);
    const input = tools.querySelector("input");
    const select = tools.querySelector("select");
    const output = tools.querySelector("output");
    const rows = Array.from(table.tBodies[0].rows);
    function apply() {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach(function (row) {
        const text = row.textContent.toLowerCase();
        const fits = words.every(function (w) { return text.includes(w); }) &&
          (!select || !select.value || row.dataset.outcome === select.value);
        row.hidden = !fits;
        if (fits) shown += 1;
      });
      output.textContent = shown + " / " + rows.length;
    }
    input.addEventListener("input", apply);
    if (select) select.addEventListener("change", apply);
    tools.hidden = false;
    apply();
  }

  document.querySelectorAll("table.sortable").forEach(sortable);
  document.querySelectorAll(".tools").forEach(searchable);
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (d) { d.open = true; });
  });
})();
