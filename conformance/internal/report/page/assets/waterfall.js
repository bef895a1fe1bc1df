// waterfall draws a trace. Each span is a row, indented below its parent, with a bar from
// its start to its end. A row can be expanded to show the span's attributes.
function waterfall(trace) {
  const rows = trace.spans.map(spanRow);
  if (trace.caller) {
    rows.unshift(el("div", { class: "span caller" },
      el("span", { class: "span-name" }, el("span", { class: "text" }, "the suite, as the caller")),
      el("span", { class: "track" }),
      el("span", { class: "took" })));
  }
  return el("figure", { class: "trace" },
    el("figcaption", {}, el("span", {}, "trace ", el("code", {}, trace.id)), el("span", { class: "took" }, trace.took)),
    rows,
    trace.more ? el("p", { class: "more" }, `and ${trace.more} more spans`) : null);
}

function spanRow(span) {
  const failed = span.status === "error";
  const bar = el("span", { class: "span-bar " + span.kind + (failed ? " failed" : "") });
  bar.style.left = `min(${clamp(span.from)}%, calc(100% - 3px))`;
  bar.style.width = `max(3px, ${clamp(Math.min(span.width, 100 - span.from))}%)`;
  const name = el("span", { class: "span-name" },
    el("span", { class: "text" }, failed ? sign("fail") : null, span.name || "(no name)"),
    el("span", { class: "kind" }, span.kind),
    span.orphan ? el("span", { class: "kind lost" }, sign("error"), "orphan") : null);
  name.style.setProperty("--depth", Math.min(span.depth, 10));
  return el("details", { class: "span" + (failed ? " failed" : "") + (span.depth ? " nested" : "") },
    el("summary", {}, name, el("span", { class: "track" }, bar), el("span", { class: "took" }, span.took)),
    el("div", { class: "span-more" },
      span.orphan ? el("p", { class: "orphan" }, sign("error"), "Its parent ", el("code", {}, span.parent), " has not arrived.") : null,
      pairs([
        ["span", span.id],
        ["parent", span.parent],
        ["status", span.status],
        ["scope", span.scope],
        ["events", (span.events || []).join(", ")],
        ["links", (span.links || []).join(", ")],
      ], "about"),
      pairs(span.attrs || [], "attributes")));
}

const clamp = (percent) => Math.max(0, Math.min(100, Number(percent) || 0));

function pairs(list, name) {
  const rows = list.filter(([, value]) => value);
  if (rows.length === 0) return null;
  return el("dl", { class: name }, rows.map(([key, value]) => [el("dt", {}, key), el("dd", {}, value)]));
}
