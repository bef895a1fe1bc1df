package parent

import (
	"slices"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/otlptest"
)

// onlyDescendant records a problem unless the server span's trace has exactly one
// span with that name, and it is a descendant of the server span. It returns
// the span.
func onlyDescendant(p *probe.Probe, spans []otlptest.Span, name string, server otlptest.Span) (otlptest.Span, bool) {
	found := probe.Named(spans, name)
	if !p.Equal("spans "+name+" in the request's trace", len(found), 1) {
		return otlptest.Span{}, false
	}
	return found[0], checkIsBelow(p, spans, found[0], server)
}

// checkIsBelow records a problem unless the server span is the nearest SERVER span
// above s. Other spans may be between them: a framework's instrumentation may
// have a span for each middleware and handler.
func checkIsBelow(p *probe.Probe, spans []otlptest.Span, s, server otlptest.Span) bool {
	nearest, missing := nearestServerSpan(spans, s)
	if missing != "" {
		// A span between s and the server span may end, and arrive, after the server span.
		p.Within(probe.Lateness, func() bool {
			nearest, missing = nearestServerSpan(p.Trace(s.TraceID()), s)
			return missing == ""
		})
	}
	got := missing
	if missing == "" {
		got = probe.Describe(nearest)
	}
	return p.True(missing == "" && nearest.SpanID() == server.SpanID(), "nearest SERVER ancestor of the span "+probe.Describe(s), got, probe.Describe(server))
}

// nearestServerSpan returns the nearest SERVER span above s, or the reason why there is
// none.
func nearestServerSpan(spans []otlptest.Span, s otlptest.Span) (server otlptest.Span, missing string) {
	byID := make(map[string]otlptest.Span, len(spans))
	for _, span := range spans {
		byID[span.SpanID()] = span
	}
	for range spans {
		if s.ParentID() == "" {
			return otlptest.Span{}, "none: " + probe.Describe(s) + " is a root span"
		}
		parent, ok := byID[s.ParentID()]
		switch {
		case !ok:
			return otlptest.Span{}, "none: span " + s.ParentID() + ", the parent of " + probe.Describe(s) + ", was not received in the same trace"
		case parent.Kind() == otlptest.KindServer:
			return parent, ""
		}
		s = parent
	}
	return otlptest.Span{}, "none: the ancestors of " + probe.Describe(s) + " form a cycle"
}

// requestSpanIDs returns the ids of the server span and its descendants.
func requestSpanIDs(spans []otlptest.Span, server otlptest.Span) map[string]bool {
	ids := map[string]bool{server.SpanID(): true}
	for _, s := range spans {
		if nearest, missing := nearestServerSpan(spans, s); missing == "" && nearest.SpanID() == server.SpanID() {
			ids[s.SpanID()] = true
		}
	}
	return ids
}

// requireHandlerStartedSpan ends the check with the outcome "error" unless the route's
// handler has started a span with the given name, in any trace. Without that span the
// service violates the contract, whatever its instrumentation does. Other handlers may
// start spans with the same name; belongs reports whether a span is from this handler.
func requireHandlerStartedSpan(p *probe.Probe, route, name string, belongs func(otlptest.Span) bool) {
	if !slices.ContainsFunc(p.Receiver().Snapshot().SpansNamed(name), belongs) {
		p.Cannot("the handler of %s violates CONTRACT.md: it starts no span %s%s", route, name, p.Details())
	}
}
