// state is the part of the page's state that is stored in its URL. An empty filter shows
// everything.
const filters = ["subject", "area", "outcome", "level"];
const state = { subject: new Set(), area: new Set(), outcome: new Set(), level: new Set(), folded: new Set(), open: null };

function readAddress() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  for (const name of [...filters, "folded"]) state[name] = new Set(parameters.getAll(name));
  // Values that this page does not have are ignored: the URL may be another page's.
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

// addressOf returns the URL fragment of a cell, without filters.
function addressOf(subject, check) {
  return "#" + new URLSearchParams({ open: check, on: subject });
}

function cellOf(subject, check) {
  const row = all("tr.check").find((tr) => tr.dataset.check === check);
  return row && all("td", row).find((td) => td.dataset.subject === subject && td.dataset.outcome !== "not run");
}
