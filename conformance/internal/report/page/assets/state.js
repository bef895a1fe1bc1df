// state is what the address keeps: a filter that is empty shows all.
const filters = ["subject", "area", "outcome", "level"];
const state = { subject: new Set(), area: new Set(), outcome: new Set(), level: new Set(), folded: new Set(), open: null };

function readAddress() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  for (const name of [...filters, "folded"]) state[name] = new Set(parameters.getAll(name));
  // What the page does not have, an address from elsewhere cannot ask for.
  for (const name of filters) {
    for (const value of state[name]) {
      if (!all(`[data-filter="${name}"]`).some((button) => button.dataset.value === value)) state[name].delete(value);
    }
  }
  const open = parameters.get("open");
  const subject = parameters.get("on");
  state.open = open && subject && cellOf(subject, open) ? { subject, check: open } : null;
}

function writeAddress() {
  const parameters = new URLSearchParams();
  for (const name of [...filters, "folded"]) for (const value of state[name]) parameters.append(name, value);
  if (state.open) {
    parameters.set("open", state.open.check);
    parameters.set("on", state.open.subject);
  }
  const hash = parameters.toString();
  history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
}

// addressOf is the address of one cell, without filters.
function addressOf(subject, check) {
  return "#" + new URLSearchParams({ open: check, on: subject });
}

function cellOf(subject, check) {
  const row = all("tr.check").find((tr) => tr.dataset.check === check);
  return row && all("td", row).find((td) => td.dataset.subject === subject && td.dataset.outcome !== "not run");
}
