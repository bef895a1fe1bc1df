// detail returns the content of the panel for a cell, below its heading.
function detail(cell) {
  return [
    el("section", { class: "rule" }, el("p", {}, cell.rule), el("p", { class: "source" }, el("span", { class: "label" }, "Source"), cell.source),
      cell.level ? el("p", { class: "source" }, el("span", { class: "label" }, "Level"), el("span", { class: "level " + cell.level }, cell.level)) : null),
    remedy(cell),
    cell.reason ? el("section", { class: "reason " + cell.sign }, el("h3", {}, reasonTitle[cell.outcome] || "Reason"), el("p", {}, cell.reason)) : null,
    problems(cell),
    sent(cell),
    arrived(cell),
  ].filter(Boolean);
}

// remedy returns the advice on where to look for the cause of a failure.
function remedy(cell) {
  if (!["fail", "known failure", "error"].includes(cell.outcome) || !(cell.hint || cell.help)) return null;
  return el("section", { class: "remedy" }, el("h3", {}, "Where to look"), el("p", {}, cell.hint || "", " ",
    cell.help ? el("a", { href: cell.help, rel: "noreferrer" }, "More about this check") : null));
}

const reasonTitle = { "known failure": "Why this is a known failure", "not applicable": "Why the check does not apply", error: "Why the suite could not decide" };

const more = (count, what) => (count ? el("p", { class: "more" }, `and ${count} more ${what}`) : null);

function problems(cell) {
  if (!cell.problems) return null;
  return el("section", {}, el("h3", {}, "Got and want"),
    cell.problems.map((problem) => el("div", { class: "problem" },
      el("p", { class: "what" }, problem.what),
      el("dl", {},
        el("dt", { class: "got" }, sign("fail"), "got"), el("dd", { class: "got" }, problem.got || "nothing"),
        el("dt", { class: "want" }, sign("pass"), "want"), el("dd", { class: "want" }, problem.want || "nothing")))),
    more(cell.moreProblems, "problems"));
}

function sent(cell) {
  if (!cell.exchanges) return null;
  return el("section", {}, el("h3", {}, "Requests and responses"),
    cell.exchanges.map((exchange) => el("details", { class: "exchange", open: cell.exchanges.length === 1 },
      el("summary", {}, el("code", { class: "line" }, exchange.line), el("span", { class: "status" }, "→ ", exchange.status)),
      el("div", { class: "sides" },
        message("Request", exchange.header, exchange.body),
        message("Response", exchange.answered, exchange.answer)))),
    more(cell.moreExchanges, "requests"));
}

function message(title, header = [], body = "") {
  return el("div", { class: "message" }, el("h4", {}, title),
    el("pre", {}, header.length || body ? [header.join("\n"), body].filter(Boolean).join("\n\n") : "no headers, no body"));
}

function arrived(cell) {
  if (!cell.traces) {
    if (!cell.exchanges) return null;
    return el("section", {}, el("h3", {}, "Received spans"), el("p", { class: "quiet" }, "No spans of these requests were received."));
  }
  return el("section", {}, el("h3", {}, "Received spans"), cell.traces.map(waterfall), more(cell.moreTraces, "traces"));
}
