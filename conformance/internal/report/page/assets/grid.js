// The Tab key moves into and out of the matrix. The arrow keys move inside it.
let column = 0;

const visible = (nodes) => nodes.filter((node) => !node.hidden);

// stops are the elements that can have the focus, row by row: the button of an area, or
// the cells of a check.
function stops() {
  return visible(all("#matrix tbody")).flatMap((body) => visible(all("tr", body)))
    .map((row) => (row.matches(".area") ? [one(".fold", row)] : visible(all("td", row))));
}

// rove makes exactly one of them reachable by Tab: the current one, if it is shown.
function rove(to) {
  const rows = stops().flat();
  const present = one("#matrix tbody [tabindex='0']");
  const next = to || (rows.includes(present) ? present : rows.find((node) => node.matches("td")) || rows[0]);
  for (const node of all("#matrix .fold, #matrix .cell")) node.tabIndex = node === next ? 0 : -1;
}

function focusOn(node) {
  rove(node);
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest", inline: "nearest" });
}

const moves = {
  ArrowUp: (r, c) => [r - 1, c], ArrowDown: (r, c) => [r + 1, c],
  ArrowLeft: (r, c) => [r, c - 1], ArrowRight: (r, c) => [r, c + 1],
  Home: (r, c, rows, all) => [all ? 0 : r, 0], End: (r, c, rows, all) => [all ? rows.length - 1 : r, Infinity],
  PageUp: (r, c) => [r - 10, c], PageDown: (r, c) => [r + 10, c],
};

function onGridKey(event) {
  if (event.altKey || event.metaKey) return;
  const node = event.target.closest(".fold, .cell");
  if (!node) return;
  if (node.matches(".cell") && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    if (node.dataset.outcome !== "not run") open(node);
    return;
  }
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  const rows = stops();
  const row = rows.findIndex((nodes) => nodes.includes(node));
  if (node.matches(".cell")) column = rows[row].indexOf(node);
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") return foldBy(node, event.key === "ArrowLeft");
  const [toRow, toColumn] = move(row, column, rows, event.ctrlKey);
  const nodes = rows[Math.max(0, Math.min(rows.length - 1, toRow))];
  if (event.key === "Home" || event.key === "End" || event.key === "ArrowLeft" || event.key === "ArrowRight") {
    column = Math.max(0, Math.min(nodes.length - 1, toColumn));
  }
  focusOn(nodes[Math.min(nodes.length - 1, column)]);
}

function foldBy(button, fold) {
  const area = button.closest("tbody").dataset.area;
  if (state.folded.has(area) === fold) return;
  toggle(state.folded, area);
  changed();
}

function onGridClick(event) {
  const cell = event.target.closest(".cell");
  if (cell) {
    rove(cell);
    if (cell.dataset.outcome !== "not run") open(cell);
    return;
  }
  const row = event.target.closest("tr.area");
  if (row) {
    const button = one(".fold", row);
    rove(button);
    toggle(state.folded, row.closest("tbody").dataset.area);
    changed();
  }
}
