// Sorts a table by the column whose header is clicked: numbers by value, largest first,
// words from A; clicked again, the other way round. Empty cells stay last.
function number(text) {
  return parseFloat(text.replace(/[, ]/g, "").replace("−", "-"));
}

function compare(a, b, numeric) {
  if (!numeric) return a.localeCompare(b, "en", { numeric: true });
  return number(a) - number(b);
}

function sortBy(header) {
  const place = header.cellIndex, body = header.closest("table").tBodies[0];
  const numeric = header.classList.contains("number");
  const before = header.getAttribute("aria-sort");
  const falling = before ? before === "ascending" : numeric;
  for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", falling ? "descending" : "ascending");
  const text = (row) => row.cells[place].textContent;
  const known = (row) => numeric ? !isNaN(number(text(row))) : text(row) !== "";
  const rows = [...body.rows];
  const sorted = rows.filter(known).sort((a, b) => (falling ? -1 : 1) * compare(text(a), text(b), numeric));
  body.append(...sorted, ...rows.filter((row) => !known(row)));
}

document.addEventListener("click", (event) => {
  const header = event.target.closest(".sortable th");
  if (header) sortBy(header);
});
