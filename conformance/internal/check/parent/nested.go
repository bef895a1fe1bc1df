package parent

import (
	"net/http"
	"time"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// nestingChecks returns the checks of background tasks, and of middlewares that wrap or
// repeat the instrumentation.
func nestingChecks() []check.Check {
	return []check.Check{
		{
			ID:    "parent/background",
			Level: check.Choice,
			Rule: "A background task that outlives its request has a separate trace, whose root links to a span of the request. Its context has the request's baggage and " +
				"is not canceled with the request. The shutdown waits for the task.",
			Source: "FastAPI guide",
			Needs:  []contract.Capability{contract.Background, contract.Lifecycle},
			Own:    true,
			Run:    checkBackgroundTasks,
		},
		{
			ID:    "parent/outside",
			Level: check.Choice,
			Rule: "A middleware outside the instrumentation may start a span without reading the caller's trace context. The server span is nevertheless the caller's " +
				"child.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Outside},
			Env:    []string{contract.OutsideVariable + "=internal"},
			Run: func(p *probe.Probe) {
				x := p.Send(wire.Get("/status/200"))
				p.Settle()
				if !p.Within(probe.Lateness, func() bool { return len(p.Receiver().Snapshot().SpansNamed("outside")) > 0 }) {
					p.Cannot("the service violates CONTRACT.md: with %s=internal, no span \"outside\" was received%s", contract.OutsideVariable, p.Details())
				}
				if server, ok := p.SettledServer(x); ok {
					p.IsChildOfCaller(x, server, "with an outer middleware that starts a span")
				}
			},
		},
		{
			ID:    "parent/nested",
			Level: check.Choice,
			Rule: "If the net/http middleware wraps a service that also uses the framework's middleware, a request has one server span and one duration measurement, " +
				"both with the framework's route.",
			Source:   "bug reports of other instrumentations",
			Needs:    []contract.Capability{contract.Nesting},
			Env:      []string{contract.NestingVariable + "=outer"},
			Measures: true,
			Run:      checkOneMeasurement,
		},
		{
			ID:       "parent/twice",
			Level:    check.Choice,
			Rule:     "With the same middleware registered twice, a request has one server span and one duration measurement.",
			Source:   "bug reports of other instrumentations",
			Needs:    []contract.Capability{contract.Twice},
			Env:      []string{contract.NestingVariable + "=twice"},
			Measures: true,
			Run:      checkOneMeasurement,
		},
	}
}

// checkOneMeasurement checks that a request has one server span and, if the service has
// metrics, one measurement.
func checkOneMeasurement(p *probe.Probe) {
	var x probe.Exchange
	added, measured := p.MeasureIfCan(func() { x = p.Send(wire.Get("/status/200")) })
	if server, ok := p.SettledServer(x); ok {
		p.SameRoute("name of the server span", server.Name(), p.SpanName("GET", "/status/{code}"))
		p.SameRoute("http.route of "+server.Name(), server.Attr("http.route"), p.Route("/status/{code}"))
	}
	if !measured {
		return
	}
	points := added.Of(probe.DurationMetric)
	if p.Equal("series of "+probe.DurationMetric+" with a measurement of the request", probe.Show(len(points)), "1") {
		p.Equal("measurements of "+probe.DurationMetric, int(points[0].Count), 1)
		p.SameRoute("http.route of "+probe.DurationMetric, points[0].Attributes["http.route"], p.Route("/status/{code}"))
	}
}

// backgroundWorkTime is the duration of the contract's background task.
const backgroundWorkTime = 50 * time.Millisecond

func checkBackgroundTasks(p *probe.Probe) {
	first := p.Send(wire.Get("/background", "Baggage: tenant=acme"))
	if first.Response.Status != http.StatusAccepted {
		p.Cannot("the response to GET /background violates CONTRACT.md: got %s, want 202", first.Response)
	}
	p.Arrives("spans background_work", func(s otlptest.Snapshot) bool { return len(s.SpansNamed("background_work")) > 0 })
	p.Settle()
	checkTaskSpans(p, first)
	second := p.Send(wire.Get("/background", "Baggage: tenant=acme"))
	// Other errors are ignored, since the checks of the area "flush" cover the shutdown.
	p.NeedsSignals(p.Stop())
	checkTaskSpans(p, second)
}

// checkTaskSpans checks the spans of a request's background task: they form a trace of their
// own, which links to a span of the request.
func checkTaskSpans(p *probe.Probe, x probe.Exchange) {
	server, ok := p.SettledServer(x)
	if !ok {
		return
	}
	if inside := probe.Named(p.Trace(x.TraceID), "background_work"); len(inside) > 0 {
		p.Problem("trace of the span background_work", "the trace of the request", "a separate trace")
		return
	}
	request := requestSpanIDs(p.Trace(x.TraceID), server)
	for _, work := range p.Receiver().Snapshot().SpansNamed("background_work") {
		root, ok := rootOf(p.Trace(work.TraceID()), work)
		if !ok || !linksTo(root, x.TraceID, request) {
			continue
		}
		p.Watch(work.TraceID())
		p.True(work.Duration() >= backgroundWorkTime-time.Millisecond, "duration of the span background_work", probe.Show(work.Duration()),
			"at least "+probe.Show(backgroundWorkTime)+": its context must not be canceled with the request")
		p.Attribute(work, "baggage.tenant", "acme")
		return
	}
	p.Problem("spans background_work in a trace whose root span links to the request", "none", "a link to "+probe.Describe(server)+" or to one of its descendants")
}

// rootOf returns the root span above s in the trace. The result is false if a span between
// s and the root has not arrived.
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

// linksTo reports whether s has a link to one of the spans of the trace. The keys of
// spanIDs are the ids of these spans.
func linksTo(s otlptest.Span, traceID string, spanIDs map[string]bool) bool {
	for _, link := range s.Links() {
		if link.TraceID == traceID && spanIDs[link.SpanID] {
			return true
		}
	}
	return false
}
