package conformance

import (
	"net/http"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// nestingChecks are about the spans that are not the one of the request.
func nestingChecks() []Check {
	return []Check{
		{
			ID:    "parent/background",
			Level: Choice,
			Rule: "A task that outlives its request is a root of its own with a link to the request's span; " +
				"its context lives on after the answer and has the request's baggage, and it is finished before the shutdown is.",
			Source: "guide",
			Needs:  []Capability{Background, Lifecycle},
			Own:    true,
			run:    background,
		},
		{
			ID:    "parent/outside",
			Level: Choice,
			Rule: "A span that a middleware outside the instrumentation has started, without a look at the caller, does not hide the caller: " +
				"the server span is the caller's child.",
			Source: "users of today's packages",
			Needs:  []Capability{Outside},
			Env:    []string{outsideVariable + "=internal"},
			run: func(p *Probe) {
				x := p.Send(Get("/status/200"))
				if server, ok := p.Server(x); ok {
					p.Equal("parent of the server span", server.ParentID(), x.SpanID)
				}
			},
		},
		{
			ID:     "parent/nested",
			Level:  Choice,
			Rule:   "net/http's middleware around the framework's makes one server span and one duration point, with the framework's route.",
			Source: "users of today's packages",
			Needs:  []Capability{Nesting},
			Env:    []string{"SAMESPAN_NESTING=outer"},
			run:    once,
		},
		{
			ID:     "parent/twice",
			Level:  Choice,
			Rule:   "The same middleware registered twice makes one server span and one duration point.",
			Source: "users of today's packages",
			Needs:  []Capability{Twice},
			Env:    []string{"SAMESPAN_NESTING=twice"},
			run:    once,
		},
	}
}

// once checks that a request is observed once.
func once(p *Probe) {
	var x Exchange
	added := p.measure(func() { x = p.Send(Get("/status/200")) })
	if server, ok := p.settledServer(x); ok {
		p.Equal("name of the server span", server.Name(), "GET "+p.subject.template("/status/{code}"))
		p.attribute(server, "http.route", p.subject.template("/status/{code}"))
	}
	points := added.of(durationMetric)
	if p.Equal("series of "+durationMetric+" that the request added to", show(len(points)), "1") {
		p.Equal("measurements of "+durationMetric, int(points[0].Count), 1)
		p.Equal("http.route of "+durationMetric, points[0].Attributes["http.route"], any(p.subject.template("/status/{code}")))
	}
}

// backgroundWork is how long the contract's task works.
const backgroundWork = 50 * time.Millisecond

func background(p *Probe) {
	first := p.Send(Get("/background", "Baggage: tenant=acme"))
	if first.Response.Status != http.StatusAccepted {
		p.cannot("GET /background is not answered as CONTRACT.md says: got %d %.80q", first.Response.Status, first.Response.Body)
	}
	p.arrives("the span background_work", func(s otlptest.Snapshot) bool { return len(s.SpansNamed("background_work")) > 0 })
	p.Settle()
	p.task(first)
	second := p.Send(Get("/background", "Baggage: tenant=acme"))
	// How it ends besides is what the area flush is about.
	_ = p.instance.stop(p.ctx)
	p.task(second)
}

// task checks the background task of a request.
func (p *Probe) task(x Exchange) {
	server, ok := p.onlyServer(p.trace(x.TraceID), x.Request)
	if !ok {
		return
	}
	if inside := named(p.trace(x.TraceID), "background_work"); len(inside) > 0 {
		p.Problem("trace of background_work", "the request's", "one of its own")
		return
	}
	for _, work := range p.instance.collector.Snapshot().SpansNamed("background_work") {
		root, ok := rootOf(p.trace(work.TraceID()), work)
		if !ok || !linksTo(root, server) {
			continue
		}
		p.traces = append(p.traces, work.TraceID())
		p.True(work.Duration() >= backgroundWork-time.Millisecond, "time that background_work took", show(work.Duration()),
			"at least "+show(backgroundWork)+": the context must not end with the request")
		p.attribute(work, "baggage.tenant", "acme")
		return
	}
	p.Problem("a span background_work under a root that links to the server span", "none", "one")
}

// rootOf returns the root above a span.
func rootOf(trace []otlptest.Span, s otlptest.Span) (otlptest.Span, bool) {
	for range trace {
		if s.ParentID() == "" {
			return s, true
		}
		for _, above := range trace {
			if above.SpanID() == s.ParentID() {
				s = above
				break
			}
		}
	}
	return s, false
}

func linksTo(s, linked otlptest.Span) bool {
	for _, link := range s.Links() {
		if link.TraceID == linked.TraceID() && link.SpanID == linked.SpanID() {
			return true
		}
	}
	return false
}
