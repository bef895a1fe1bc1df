const panel = one("#panel");
const data = new Map();

// dataOf returns the data of a cell. The data of a subject is parsed on first use.
function dataOf(cell) {
  const index = cell.dataset.index;
  if (!data.has(index)) {
    data.set(index, new Map((JSON.parse(one("#data-" + index).textContent) || []).map((each) => [each.id, each])));
  }
  return data.get(index).get(cell.closest("tr").dataset.check);
}

function open(cell, focus = true) {
  state.open = { subject: cell.dataset.subject, check: cell.closest("tr").dataset.check };
  writeAddress();
  showOpen(focus);
}

// showOpen shows the panel of the cell in the state, or hides the panel.
function showOpen(focus) {
  for (const cell of all(".cell.open")) cell.classList.remove("open");
  const cell = state.open && cellOf(state.open.subject, state.open.check);
  document.body.classList.toggle("with-panel", Boolean(cell));
  panel.hidden = !cell;
  if (!cell) return;
  cell.classList.add("open");
  const about = dataOf(cell);
  panel.replaceChildren(head(cell, about), el("div", { class: "panel-body" }, elsewhere(cell), detail(about)));
  panel.scrollTop = 0;
  if (focus) panel.focus({ preventScroll: true });
}

function head(cell, about) {
  const column = all("#matrix thead .subject").find((th) => th.dataset.subject === cell.dataset.subject);
  const made = all(".upright > span", column).map((part) => part.title || part.textContent).join(" · ");
  const [area, name] = about.id.split(/\/(.*)/s);
  return el("header", { class: "panel-head" },
    el("div", {},
      el("p", { class: "verdict " + about.sign }, sign(about.sign), about.outcome, about.took ? el("span", { class: "took" }, about.took) : null),
      el("h2", { id: "panel-title" }, el("span", { class: "area-name" }, area + "/"), name),
      el("p", { class: "made" }, el("b", {}, cell.dataset.subject), made ? " · " + made : ""),
      el("p", { class: "made" }, el("a", { class: "permalink", href: addressOf(cell.dataset.subject, about.id) }, "Link to this cell"))),
    el("button", { type: "button", class: "close", "aria-label": "Close", on: { click: close } }, sign("fail")));
}

// elsewhere returns the outcomes of the same check on the other subjects.
function elsewhere(cell) {
  const cells = all("td", cell.closest("tr")).filter((td) => td.dataset.outcome !== "not run");
  if (cells.length < 2) return null;
  return el("nav", { class: "elsewhere", "aria-label": "The same check on the subjects" },
    cells.map((td) => el("button", {
      type: "button", class: td.dataset.outcome === "pass" ? "pass" : dataOf(td).sign,
      "aria-current": td === cell ? "true" : undefined,
      title: td.getAttribute("aria-label"),
      on: { click: () => { open(td); one(".elsewhere [aria-current]").focus(); } },
    }, sign(dataOf(td).sign), td.dataset.subject, el("span", { class: "unseen" }, ": " + td.dataset.outcome))));
}

function close() {
  const cell = state.open && cellOf(state.open.subject, state.open.check);
  state.open = null;
  writeAddress();
  showOpen(false);
  if (cell && cell.offsetParent) focusOn(cell);
}
