package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// panicChecks are about handlers that panic, or throw.
func panicChecks() []Check {
	return []Check{
		{
			ID:    "error/panic",
			Level: Requirement,
			Rule: "A panic that a recovery outside answers, with whatever status: status ERROR, error.type the type of its value or the status, " +
				"one exception event with a stack, on the span or one below, the route kept, the status on the wire or none where that is out of sight, " +
				"one point of the duration, no request left active.",
			Source: `HTTP semantic conventions v1.43, "Status" and attribute error.type; OpenTelemetry semantic conventions, "Exceptions on spans"; ` +
				"users of today's packages",
			EnvFor: optIn(ActiveRequests),
			run:    errorPanic,
		},
		{
			ID:     "error/panic-inside",
			Level:  Choice,
			Rule:   "A panic that a recovery inside has answered is an answer with 500: status ERROR, one span, one point of the duration.",
			Source: "users of today's packages",
			run:    errorPanicInside,
		},
		{
			ID:    "error/abort",
			Level: Choice,
			Rule: "http.ErrAbortHandler passes on untouched, so that the connection is cut as without the instrumentation: status ERROR " +
				"with that as error.type, and no exception event.",
			Source: "users of today's packages",
			Needs:  []Capability{ResponseWriter, Bare},
			run:    errorAbort,
		},
	}
}

func errorPanic(p *Probe) {
	p.panics(http.StatusInternalServerError)
	if p.subject.Capabilities[ActiveRequests] {
		p.arrives("that no request is active after a panic", func(s otlptest.Snapshot) bool { return p.active(s) == 0 })
	}
	if !p.subject.Capabilities[Recovery] || p.subject.isRunning() {
		return
	}
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusTeapot} {
		p.with([]string{fmt.Sprintf("SAMESPAN_RECOVERY=%d", status)}, func() { p.panics(status) })
	}
}

// panics checks what is seen of GET /panic, which is answered with status.
func (p *Probe) panics(status int) {
	var x Exchange
	grown := p.measure(func() { x = p.Send(Get("/panic")) })
	what := fmt.Sprintf(" of GET /panic that is answered %d", status)
	if !p.Equal("status of the answer"+what, x.Response.Status, status) {
		return
	}
	p.oneDuration(x, grown)
	for _, point := range grown.of(durationMetric) {
		p.onWireOrNone("http.response.status_code of "+durationMetric+what, point.Attributes["http.response.status_code"], status)
	}
	server, ok := p.settledServer(x)
	if !ok {
		return
	}
	route := p.subject.template("/panic")
	p.Equal("name of the span"+what, server.Name(), "GET "+route)
	p.Equal("http.route"+what, server.Attr("http.route"), any(route))
	p.Equal("status of the span"+what, server.Status(), otlptest.StatusError)
	p.onWireOrNone("http.response.status_code"+what, server.Attr("http.response.status_code"), status)
	errorType, _ := server.Attr("error.type").(string)
	p.True(errorType != "", "error.type"+what, "none", "the type of the value, or the status")
	exceptions := exceptionsOf(server)
	if len(exceptions) == 0 {
		for _, below := range p.trace(x.TraceID) {
			exceptions = append(exceptions, exceptionsOf(below)...)
		}
	}
	if !p.Equal("exception events"+what, len(exceptions), 1) {
		return
	}
	exception := exceptions[0].Attributes
	message, _ := exception["exception.message"].(string)
	p.True(strings.Contains(message, "reference panic"), "exception.message"+what, show(message), "reference panic")
	stack, _ := exception["exception.stacktrace"].(string)
	p.True(stack != "", "exception.stacktrace"+what, "none", "the stack")
	exceptionType, _ := exception["exception.type"].(string)
	p.True(exceptionType != "", "exception.type"+what, "none", "the type of the value")
	p.True(errorType == exceptionType || errorType == strconv.Itoa(status), "error.type"+what, show(errorType),
		show(exceptionType)+" or "+show(strconv.Itoa(status)))
}

// onWireOrNone records a problem unless a status code is the one on the wire, or
// there is none since what sent it is out of the instrumentation's sight.
func (p *Probe) onWireOrNone(what string, got any, status int) {
	p.True(got == nil || got == int64(status), what, show(got), show(status)+" or none")
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
