package conformance

import (
	"net/http"

	"github.com/samespan/samespan/conformance/otlptest"
)

// contextChecks are about the contexts that handlers start spans from.
func contextChecks() []Check {
	checks := []Check{{
		ID:     "parent/child",
		Level:  Choice,
		Rule:   "A span started from the request's context in the handler is the server span's child.",
		Source: "guide",
		run: func(p *Probe) {
			x := p.Send(Get("/process/1"))
			spans := p.Spans(x)
			if server, ok := p.onlyServer(spans, x.Request); ok {
				p.childOf(spans, "process_item_logic", server)
			}
		},
	}}
	for _, source := range []struct{ id, name, rule, source string }{
		{
			"framework-context", "framework",
			"A span started from each of the framework's own context objects is the server span's child.", "users of today's packages",
		},
		{
			"middleware", "middleware",
			"A span started in a middleware registered after the instrumentation is the server span's child.", "guide",
		},
		{
			"goroutine", "goroutine",
			"A span started in a goroutine that the handler waits for is the server span's child.", "guide",
		},
	} {
		checks = append(checks, Check{
			ID: "parent/" + source.id, Level: Choice, Rule: source.rule, Source: source.source,
			run: func(p *Probe) { p.contextChildren(source.name) },
		})
	}
	return append(checks,
		Check{
			ID:    "parent/after-response",
			Level: Choice,
			Rule: "A goroutine that outlives its response keeps the trace id and uncorrupted values " +
				"while 1,000 other requests are served.",
			Source: "users of today's packages",
			Own:    true,
			run:    afterResponse,
		},
		Check{
			ID:     "parent/concurrent",
			Level:  Choice,
			Rule:   "Of 64 clients at once, each request with a trace of its own, no span lands in another's trace.",
			Source: "guide",
			Own:    true,
			run:    concurrent,
		},
	)
}

// contextChildren checks GET /context/{source}.
func (p *Probe) contextChildren(source string) {
	x := p.Send(Get("/context/" + source))
	if x.Response.Status != http.StatusOK {
		p.cannot("GET /context/%s is not answered as CONTRACT.md says: got %d %.80q", source, x.Response.Status, x.Response.Body)
	}
	p.Settle()
	server, ok := p.settledServer(x)
	if !ok {
		return
	}
	children := p.sourced(x, source)
	if !p.True(len(children) > 0, "spans context_child in the caller's trace", "none", "one for each context") {
		return
	}
	for _, child := range children {
		p.Equal("parent of context_child", child.ParentID(), server.SpanID())
	}
	// One that is a root has a trace of its own.
	for _, span := range p.instance.collector.Snapshot().SpansNamed("context_child") {
		if span.Attr("context.source") == source && span.ParentID() == "" {
			p.Problem("a span context_child", "the root of trace "+span.TraceID(), "a child of the server span")
		}
	}
}

func (p *Probe) sourced(x Exchange, source string) []otlptest.Span {
	var found []otlptest.Span
	for _, span := range named(p.trace(x.TraceID), "context_child") {
		if span.Attr("context.source") == source {
			found = append(found, span)
		}
	}
	return found
}

func afterResponse(p *Probe) {
	const waiting, others = 8, 1000
	kept := make([]Exchange, waiting)
	items := make([]string, waiting)
	for i := range kept {
		items[i] = p.unique()
		kept[i] = p.Send(Get("/after/" + items[i]))
		if kept[i].Response.Status != http.StatusAccepted {
			p.cannot("GET /after/%s is not answered as CONTRACT.md says: got %d %.80q", items[i], kept[i].Response.Status, kept[i].Response.Body)
		}
	}
	p.burst(others, func(int) Request {
		header, _, _ := traceparent("01")
		// Of the same length, to be found where the other's bytes were.
		return Get("/process/"+p.unique(), header)
	})
	p.SendAs(Post("/release", ""))
	p.Settle()
	traces := p.byTrace()
	for i, x := range kept {
		server, ok := p.settledServer(x)
		if !ok {
			continue
		}
		path := server.Attr("url.path")
		if path == nil {
			path = server.Attr("http.target") // of old conventions: span/attributes is about that
		}
		p.Equal("path of the server span", path, any("/after/"+items[i]))
		p.childOf(traces[x.TraceID], "after_response", server)
		for _, span := range named(traces[x.TraceID], "after_response") {
			p.Equal("item.id of after_response", span.Attr("item.id"), any(items[i]))
		}
		p.Equal("spans in the trace", len(traces[x.TraceID]), 2)
	}
}

func concurrent(p *Probe) {
	const clients, each = 64, 4
	items := make([]string, clients*each)
	for i := range items {
		items[i] = "client-" + p.unique()
	}
	exchanges, _ := p.together(len(items), clients, func(i int) Request { return Get("/process/" + items[i]) })
	p.answered(exchanges, http.StatusOK)
	p.Settle()
	traces := p.byTrace()
	for i, x := range exchanges {
		if _, ok := p.settledServer(x); !ok {
			return
		}
		spans := traces[x.TraceID]
		if len(ofKind(spans, otlptest.KindServer)) == 0 {
			spans = p.trace(x.TraceID)
		}
		server := ofKind(spans, otlptest.KindServer)[0]
		if !p.Equal("number of spans in the trace of a request", len(spans), 2) ||
			!p.Equal("parent of a server span", server.ParentID(), x.SpanID) ||
			!p.childOf(spans, "process_item_logic", server) ||
			!p.Equal("item.id of a request's own span", named(spans, "process_item_logic")[0].Attr("item.id"), any(items[i])) {
			return
		}
	}
}

// byTrace returns all spans that have arrived.
func (p *Probe) byTrace() map[string][]otlptest.Span {
	traces := make(map[string][]otlptest.Span)
	for _, span := range p.instance.collector.Spans() {
		traces[span.TraceID()] = append(traces[span.TraceID()], span)
	}
	return traces
}
