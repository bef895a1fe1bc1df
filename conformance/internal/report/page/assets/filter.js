const isShown = (name, value) => state[name].size === 0 || state[name].has(value);

// applyFilters shows only the columns, areas and rows that match the filters. A row matches
// if one of its cells has a selected outcome. Its other cells are dimmed.
function applyFilters() {
  for (const button of all("[data-filter]")) {
    button.setAttribute("aria-pressed", String(state[button.dataset.filter].has(button.dataset.value)));
  }
  for (const cell of all("#matrix [data-subject]")) cell.hidden = !isShown("subject", cell.dataset.subject);
  applyToProblems();
  let rows = 0;
  for (const body of all("#matrix tbody")) rows += applyToArea(body);
  one("#nothing").hidden = rows > 0;
  one("#matrix").classList.toggle("empty", rows === 0);
  const active = filters.some((name) => state[name].size > 0);
  one("#clear").hidden = !active;
  one("#shown").textContent = active ? `${rows} checks shown` : "";
  const areas = all("#matrix tbody").map((body) => body.dataset.area);
  one("#fold-all").textContent = areas.every((area) => state.folded.has(area)) ? "Unfold all" : "Fold all";
  rove();
}

function applyToArea(body) {
  const area = body.dataset.area;
  const folded = state.folded.has(area);
  let rows = 0;
  for (const row of all("tr.check", body)) {
    const ofLevel = isShown("level", row.dataset.level);
    let matches = false;
    for (const cell of all("td", row)) {
      const match = isShown("outcome", cell.dataset.outcome);
      cell.classList.toggle("faint", !match);
      matches ||= match && !cell.hidden;
    }
    matches &&= ofLevel;
    if (matches) rows++;
    row.hidden = folded || !matches;
  }
  const shown = isShown("area", area) && rows > 0;
  body.hidden = !shown;
  one(".fold", body).setAttribute("aria-expanded", String(!folded));
  return shown ? rows : 0;
}

// applyToProblems applies the filters to the lists of problems.
function applyToProblems() {
  for (const list of all("[data-problems]")) {
    let items = 0;
    for (const item of all("li", list)) {
      item.hidden = !isShown("level", item.dataset.level) || !isShown("outcome", item.dataset.outcome)
        || !isShown("area", item.dataset.areaOf.split("/")[0]);
      if (!item.hidden) items++;
    }
    list.hidden = items === 0 || !isShown("subject", list.dataset.problems);
  }
}

function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}

function changed() {
  applyFilters();
  writeAddress();
}

function clearFilters() {
  for (const name of filters) state[name].clear();
  changed();
}

function foldAll() {
  const areas = all("#matrix tbody").map((body) => body.dataset.area);
  const folded = areas.every((area) => state.folded.has(area));
  state.folded = new Set(folded ? [] : areas);
  changed();
}
