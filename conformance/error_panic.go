package conformance

import (
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// panicChecks are about handlers that panic, or throw.
func panicChecks() []Check {
	return []Check{
		{
			ID: "error/panic",
			Rule: "A panic that a recovery outside answers: status ERROR, error.type the type of its value, one exception event " +
				"with a stack, the route kept, 500, one point of the duration, no request left active.",
			Source: `HTTP semantic conventions v1.43, "Status" and attribute error.type; OpenTelemetry semantic conventions, "Exceptions on spans"; ` +
				"users of today's packages",
			run: errorPanic,
		},
		{
			ID:     "error/panic-inside",
			Rule:   "A panic that a recovery inside has answered is an answer with 500: status ERROR, one span, one point of the duration.",
			Source: "users of today's packages",
			run:    errorPanicInside,
		},
		{
			ID: "error/abort",
			Rule: "http.ErrAbortHandler passes on untouched, so that the connection is cut as without the instrumentation: status ERROR " +
				"with that as error.type, and no exception event.",
			Source: "users of today's packages",
			Needs:  []Capability{ResponseWriter, Bare},
			run:    errorAbort,
		},
	}
}

func errorPanic(p *Probe) {
	var x Exchange
	grown := p.measure(func() { x = p.Send(Get("/panic")) })
	p.Equal("status of GET /panic", x.Response.Status, 500)
	p.oneDuration(x, grown)
	p.arrives("that no request is active after a panic", func(s otlptest.Snapshot) bool { return p.active(s) == 0 })
	server, ok := p.settledServer(x)
	if !ok {
		return
	}
	route := p.subject.template("/panic")
	p.Equal("name of the span of GET /panic", server.Name(), "GET "+route)
	p.Equal("status of the span of GET /panic", server.Status(), otlptest.StatusError)
	p.attributes(x, server, otlptest.Attributes{"http.route": route, "http.response.status_code": int64(500)})
	exceptions := exceptionsOf(server)
	if !p.Equal("exception events of GET /panic", len(exceptions), 1) {
		return
	}
	exception := exceptions[0].Attributes
	message, _ := exception["exception.message"].(string)
	p.True(strings.Contains(message, "reference panic"), "exception.message of GET /panic", show(message), "reference panic")
	stack, _ := exception["exception.stacktrace"].(string)
	p.True(stack != "", "exception.stacktrace of GET /panic", "none", "the stack")
	exceptionType, _ := exception["exception.type"].(string)
	p.True(exceptionType != "", "exception.type of GET /panic", "none", "the type of the value")
	p.Equal("error.type of GET /panic", server.Attr("error.type"), exception["exception.type"])
}

func errorPanicInside(p *Probe) {
	var x Exchange
	grown := p.measure(func() { x = p.Send(Get("/panic/inside")) })
	p.Equal("status of GET /panic/inside", x.Response.Status, 500)
	p.oneDuration(x, grown)
	server, ok := p.settledServer(x)
	if !ok {
		return
	}
	p.Equal("status of the span of GET /panic/inside", server.Status(), otlptest.StatusError)
	p.Equal("http.response.status_code of GET /panic/inside", server.Attr("http.response.status_code"), int64(500))
	p.True(server.Attr("error.type") != nil, "error.type of GET /panic/inside", "none", "the status, or the type of the value")
}

func errorAbort(p *Probe) {
	var without Exchange
	p.with([]string{bare}, func() { without = p.SendAs(Get("/abort")) })
	if without.Response.Body != "partial" {
		p.cannot("GET /abort is not answered as CONTRACT.md says: got status %d and %.80q", without.Response.Status, without.Response.Body)
	}
	x := p.Send(Get("/abort"))
	p.Equal("body of GET /abort", x.Response.Body, without.Response.Body)
	p.Equal("that the connection of GET /abort is cut", x.Response.Lost != "", without.Response.Lost != "")
	if server, ok := p.Server(x); ok {
		p.Equal("status of the span of GET /abort", server.Status(), otlptest.StatusError)
		p.Equal("error.type of GET /abort", server.Attr("error.type"), "http.ErrAbortHandler")
		p.Equal("exception events of GET /abort", len(exceptionsOf(server)), 0)
	}
}

// oneDuration records a problem unless the exchange has added one point to the
// duration.
func (p *Probe) oneDuration(x Exchange, grown added) {
	count := 0
	for _, point := range grown.of(durationMetric) {
		count += int(point.Count)
	}
	p.Equal("points of "+durationMetric+" of "+x.label(), count, 1)
}

// exceptionsOf returns the span's events that are exceptions.
func exceptionsOf(s otlptest.Span) []otlptest.Event {
	var exceptions []otlptest.Event
	for _, event := range s.Events() {
		if event.Name == "exception" {
			exceptions = append(exceptions, event)
		}
	}
	return exceptions
}
