package parent

import (
	"cmp"
	"net/http"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// contextChecks returns the checks of the contexts in which handlers start spans.
func contextChecks() []check.Check {
	checks := []check.Check{{
		ID:     "parent/child",
		Level:  check.Choice,
		Rule:   "A span started from the request's context in the handler is below the server span, directly or through other INTERNAL spans.",
		Source: "FastAPI guide",
		Run: func(p *probe.Probe) {
			x := p.Send(wire.Get("/process/1"))
			if server, ok := p.Server(x); ok {
				onlyDescendant(p, p.Trace(x.TraceID), "process_item_logic", server)
			}
		},
	}}
	for _, source := range []struct{ id, name, rule, source string }{
		{
			"framework-context", "framework",
			"A span started from each of the framework's own context objects is below the server span.", "bug reports of other instrumentations",
		},
		{
			"middleware", "middleware",
			"A span started in a middleware registered after the instrumentation is below the server span. Baggage members that this middleware adds reach the next service.",
			"FastAPI guide; W3C Baggage, section 3, requires only that the caller's baggage is passed on",
		},
		{
			"goroutine", "goroutine",
			"A span started in a goroutine that the handler waits for is below the server span.", "FastAPI guide",
		},
	} {
		checks = append(checks, check.Check{
			ID: "parent/" + source.id, Level: check.Choice, Rule: source.rule, Source: source.source,
			Run: func(p *probe.Probe) {
				checkContextChildren(p, source.name)
				if source.name == "middleware" {
					checkMiddlewareBaggage(p)
				}
			},
		})
	}
	return append(checks,
		check.Check{
			ID:    "parent/after-response",
			Level: check.Choice,
			Rule: "If a goroutine uses its request's context and parameters after the response, 1,000 other requests change neither these nor the path on the server " +
				"span.",
			Source: "bug reports of other instrumentations",
			Own:    true,
			Run:    checkAfterResponse,
		},
		check.Check{
			ID:     "parent/concurrent",
			Level:  check.Choice,
			Rule:   "With 64 concurrent clients, each request in its own trace, no span ends up in another trace.",
			Source: "FastAPI guide",
			Own:    true,
			Run:    checkConcurrentRequests,
		},
	)
}

// checkContextChildren sends GET /context/{source} and checks that the spans of the
// handler are below the server span.
func checkContextChildren(p *probe.Probe, source string) {
	x := p.Send(wire.Get("/context/" + source))
	if x.Response.Status != http.StatusOK {
		p.Cannot("the response to GET /context/%s violates CONTRACT.md: got %s, want 200", source, x.Response)
	}
	p.Settle()
	server, ok := p.SettledServer(x)
	if !ok {
		return
	}
	requireHandlerStartedSpan(p, "GET /context/"+source, "context_child", func(s otlptest.Span) bool { return s.Attr("context.source") == source })
	children := contextChildSpans(p, x, source)
	if !p.True(len(children) > 0, "spans context_child in the caller's trace", "none", "one for each context") {
		return
	}
	for _, child := range children {
		checkIsBelow(p, p.Trace(x.TraceID), child, server)
	}
	// A span that has lost its parent is the root of another trace.
	for _, span := range p.Receiver().Snapshot().SpansNamed("context_child") {
		if span.Attr("context.source") == source && span.ParentID() == "" {
			p.Problem("parent of a span context_child", "none: it is the root span of trace "+span.TraceID(), "the server span or one of its descendants")
		}
	}
}

// contextChildSpans returns the spans that the handler of GET /context/{source} has
// started in the exchange's trace.
func contextChildSpans(p *probe.Probe, x probe.Exchange, source string) []otlptest.Span {
	var found []otlptest.Span
	for _, span := range probe.Named(p.Trace(x.TraceID), "context_child") {
		if span.Attr("context.source") == source {
			found = append(found, span)
		}
	}
	return found
}

// checkAfterResponse sends GET /after/{item_id}, whose tasks wait. Then it sends many other
// requests, and finally POST /release, which makes the tasks start their spans.
func checkAfterResponse(p *probe.Probe) {
	const taskRequests, otherRequests = 8, 1000
	exchanges := make([]probe.Exchange, taskRequests)
	items := make([]string, taskRequests)
	for i := range exchanges {
		items[i] = p.Unique()
		exchanges[i] = p.Send(wire.Get("/after/" + items[i]))
		if exchanges[i].Response.Status != http.StatusAccepted {
			p.Cannot("the response to GET /after/%s violates CONTRACT.md: got %s, want 202", items[i], exchanges[i].Response)
		}
	}
	p.Burst(otherRequests, func(int) wire.Request {
		header, _, _ := probe.Traceparent("01")
		// These paths are longer than the paths of GET /after/{item_id}. If a buffer were
		// reused, a part of a longer path would appear in the span of GET /after/{item_id}.
		return wire.Get("/process/"+p.Unique(), header)
	})
	p.SendAs(wire.Post("/release", ""))
	p.Settle()
	traces := spansByTrace(p)
	for i, x := range exchanges {
		server, ok := p.SettledServer(x)
		if !ok {
			continue
		}
		// The check span/attributes reports an attribute that is missing or always empty.
		if path := cmp.Or(server.Attr("url.path"), server.Attr("http.target")); path != nil && path != "" {
			p.Equal("path on the server span of "+x.Label(), path, any("/after/"+items[i]))
		}
		// requireHandlerStartedSpan accepts any item.id. If a request object was reused, the span
		// has the item.id of another request. That is a failure of the rule, which is
		// checked below, and not a violation of the contract.
		requireHandlerStartedSpan(p, "GET /after/{item_id}", "after_response", func(otlptest.Span) bool { return true })
		if span, ok := onlyDescendant(p, traces[x.TraceID], "after_response", server); ok {
			p.Equal("item.id of the span after_response of "+x.Label(), span.Attr("item.id"), any(items[i]))
		}
		checkNoOtherSpans(p, traces[x.TraceID], server)
	}
}

func checkConcurrentRequests(p *probe.Probe) {
	const clients, each = 64, 4
	items := make([]string, clients*each)
	for i := range items {
		items[i] = "client-" + p.Unique()
	}
	exchanges, _ := p.Together(len(items), clients, func(i int) wire.Request { return wire.Get("/process/" + items[i]) })
	p.Answered(exchanges, http.StatusOK)
	p.Settle()
	traces := spansByTrace(p)
	for i, x := range exchanges {
		if _, ok := p.SettledServer(x); !ok {
			return
		}
		spans := traces[x.TraceID]
		if len(probe.OfKind(spans, otlptest.KindServer)) == 0 {
			spans = p.Trace(x.TraceID)
		}
		server := probe.OfKind(spans, otlptest.KindServer)[0]
		span, ok := onlyDescendant(p, spans, "process_item_logic", server)
		if !ok ||
			!p.IsChildOfCaller(x, server, "") ||
			!p.Equal("item.id of the span process_item_logic of "+x.Label(), span.Attr("item.id"), any(items[i])) ||
			!checkNoOtherSpans(p, spans, server) {
			return
		}
	}
}

// checkNoOtherSpans records a problem unless the trace has only the server span and its
// descendants.
func checkNoOtherSpans(p *probe.Probe, spans []otlptest.Span, server otlptest.Span) bool {
	for _, s := range spans {
		if s.SpanID() != server.SpanID() && !checkIsBelow(p, spans, s, server) {
			return false
		}
	}
	return true
}

// spansByTrace returns all received spans. The keys of the map are trace ids.
func spansByTrace(p *probe.Probe) map[string][]otlptest.Span {
	traces := make(map[string][]otlptest.Span)
	for _, span := range p.Receiver().Spans() {
		traces[span.TraceID()] = append(traces[span.TraceID()], span)
	}
	return traces
}
