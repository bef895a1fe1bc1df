// The choice of light or dark is stored if the browser allows that for local files.
const storage = {
  get: () => { try { return localStorage.getItem("samespan-theme"); } catch { return null; } },
  set: (value) => { try { localStorage.setItem("samespan-theme", value); } catch { /* not kept then */ } },
};

function setTheme(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}

function switchTheme() {
  const root = document.documentElement;
  const dark = (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  setTheme(dark ? "light" : "dark");
  storage.set(root.dataset.theme);
}

function show(focus) {
  applyFilters();
  showOpen(focus);
}

// The head of the matrix is placed below the filters, whose height varies.
new ResizeObserver(([tools]) => {
  document.documentElement.style.setProperty("--top", Math.round(tools.borderBoxSize[0].blockSize) + "px");
}).observe(one(".tools"));

setTheme(storage.get());
drawBars();
readAddress();
show(false);
if (state.open) cellOf(state.open.subject, state.open.check).scrollIntoView({ block: "center" });

one("#theme").addEventListener("click", switchTheme);
one("#clear").addEventListener("click", clearFilters);
one("#clear-too").addEventListener("click", clearFilters);
one("#fold-all").addEventListener("click", foldAll);
one("#matrix").addEventListener("keydown", onGridKey);
one("#matrix").addEventListener("click", onGridClick);
for (const button of all("[data-filter]")) {
  button.addEventListener("click", () => {
    toggle(state[button.dataset.filter], button.dataset.value);
    changed();
  });
}
for (const button of all("[data-open-check]")) {
  button.addEventListener("click", () => {
    const cell = cellOf(button.dataset.openSubject, button.dataset.openCheck);
    if (cell) open(cell);
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.open) close();
});
// The skip link moves the focus into the matrix and does not change the URL.
one(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  const stop = one("#matrix tbody [tabindex='0']");
  if (stop) focusOn(stop);
});
addEventListener("hashchange", () => {
  readAddress();
  show(true);
});
