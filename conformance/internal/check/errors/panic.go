package errors

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// panicChecks returns the checks of handlers that panic or throw an exception.
func panicChecks() []check.Check {
	return []check.Check{
		{
			ID:    "error/panic",
			Level: check.Requirement,
			Rule: "A handler panics, and a recovery middleware outside the instrumentation answers. The span then has the status ERROR, the route, and an error.type that is " +
				"not the message of the panic. The duration is measured once, and the request is no longer counted as active. The HTTP status on the span is the one that was sent; it may be absent. If " +
				"it is present and below 500, the span's status may be Unset.",
			Source:   `HTTP semantic conventions v1.43, "Status" and attribute error.type; bug reports of other instrumentations`,
			EnvFor:   check.OptIn(contract.ActiveRequests),
			Measures: true,
			Run:      checkPanics,
		},
		{
			ID:    "error/exception",
			Level: check.Choice,
			Rule: "If a recovery middleware outside the instrumentation answers a panic, the exception is recorded with its type, message and stack trace. It is recorded " +
				"as a log record or as an exception event. The server span and each child span have at most one such event. error.type is the exception's type or the HTTP status.",
			Source: `bug reports of other instrumentations; OpenTelemetry semantic conventions, "Exceptions on spans" and "Exceptions in logs", which recommend the stack`,
			Run:    checkExceptions,
		},
		{
			ID:    "error/panic-inside",
			Level: check.Choice,
			Rule: "If a recovery middleware inside the instrumentation answers a panic, the request is recorded like any other with status 500: one span with status " +
				"ERROR, and one duration measurement.",
			Source:   "bug reports of other instrumentations",
			Measures: true,
			Run:      checkPanicInside,
		},
		{
			ID:    "error/abort",
			Level: check.Choice,
			Rule: "A panic with http.ErrAbortHandler is passed on unchanged, so the connection is closed as without instrumentation. The span has the status ERROR, " +
				"http.ErrAbortHandler as error.type, and no exception event.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.ResponseWriter, contract.Bare},
			Run:    checkAbort,
		},
	}
}

func checkPanics(p *probe.Probe) {
	checkPanic(p, http.StatusInternalServerError)
	if p.Has(contract.ActiveRequests) && p.Measures() {
		p.Arrives(probe.ActiveMetric+" of 0 after a panic", func(s otlptest.Snapshot) bool { return p.Active(s) == 0 })
	}
	if !p.Has(contract.Recovery) || p.IsRunning() {
		return
	}
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusTeapot} {
		p.With([]string{fmt.Sprintf("SAMESPAN_RECOVERY=%d", status)}, func() { checkPanic(p, status) })
	}
}

// checkPanic checks what is recorded for GET /panic when the recovery middleware answers
// with status.
func checkPanic(p *probe.Probe, status int) {
	var x probe.Exchange
	added, measured := p.MeasureIfCan(func() { x = p.Send(wire.Get("/panic")) })
	what := fmt.Sprintf(" of GET /panic with the response status %d", status)
	checkRecoveryStatus(p, x, status)
	p.OneDuration(x, added, measured)
	for _, point := range added.Of(probe.DurationMetric) {
		checkStatusOrNone(p, "http.response.status_code of "+probe.DurationMetric+what, point.Attributes["http.response.status_code"], status)
	}
	server, ok := p.SettledServer(x)
	if !ok {
		return
	}
	p.Equal("name of the span"+what, server.Name(), p.SpanName("GET", "/panic"))
	p.Equal("http.route"+what, server.Attr("http.route"), p.Route("/panic"))
	checkStatusOrNone(p, "http.response.status_code"+what, server.Attr("http.response.status_code"), status)
	if status < http.StatusInternalServerError && server.Attr("http.response.status_code") == int64(status) && server.Status() == otlptest.StatusUnset {
		return // the conventions do not make a 4xx status an error of the server
	}
	p.Equal("status of the span"+what, server.Status(), otlptest.StatusError)
	p.HasErrorType(x, server)
	p.OmitsPanicMessage("error.type"+what, server.Attr("error.type"))
}

// checkRecoveryStatus checks that the response to GET /panic has the status that the
// service's recovery middleware must set. A different status is a problem only if the
// service without its instrumentation sends the correct status. Otherwise the service
// violates the contract, and the check ends with the outcome "error".
func checkRecoveryStatus(p *probe.Probe, x probe.Exchange, status int) {
	if x.Response.Status == status {
		return
	}
	if p.Has(contract.Bare) && !p.IsRunning() && status == http.StatusInternalServerError {
		var without probe.Exchange
		p.With([]string{contract.BareService}, func() { without = p.SendAs(wire.Get("/panic")) })
		if without.Response.Status == status {
			p.Problem("response status of GET /panic", probe.Show(x.Response.Status), probe.Show(status)+", as without instrumentation")
			return
		}
	}
	p.Cannot("the response to GET /panic violates CONTRACT.md: got status %d, want %d", x.Response.Status, status)
}

func checkExceptions(p *probe.Probe) {
	x := p.Send(wire.Get("/panic"))
	checkRecoveryStatus(p, x, http.StatusInternalServerError)
	server, ok := p.Server(x)
	if !ok {
		return
	}
	const what = " of GET /panic"
	exceptions := exceptionRecords(p, x.TraceID)
	for _, s := range p.Trace(x.TraceID) {
		events := exceptionEvents(s)
		p.True(len(events) <= 1, "exception events of "+probe.Describe(s), probe.Show(len(events)), "at most 1")
		for _, event := range events {
			exceptions = append(exceptions, event.Attributes)
		}
	}
	if len(exceptions) == 0 {
		// Log records are often exported later than spans.
		p.Within(probe.Lateness, func() bool {
			exceptions = exceptionRecords(p, x.TraceID)
			return len(exceptions) > 0
		})
	}
	if len(exceptions) == 0 && !p.Has(contract.Recovery) {
		p.NotApplicable("no exception was recorded, and the recovery middleware may be inside the instrumentation: the subject does not have: [" + string(contract.Recovery) + "]")
	}
	if !p.True(len(exceptions) > 0, "exceptions"+what, "none", "1, as a span event or a log record") {
		return
	}
	errorType, _ := server.Attr("error.type").(string)
	for _, exception := range exceptions {
		message, _ := exception["exception.message"].(string)
		p.True(strings.Contains(message, "reference panic"), "exception.message"+what, probe.Show(message), "reference panic")
		stack, _ := exception["exception.stacktrace"].(string)
		p.True(stack != "", "exception.stacktrace"+what, "none", "the stack trace")
		exceptionType, _ := exception["exception.type"].(string)
		p.True(exceptionType != "", "exception.type"+what, "none", "the type of the panic value")
		if errorType != "" { // the check error/panic reports a missing error.type
			p.True(errorType == exceptionType || errorType == strconv.Itoa(x.Response.Status), "error.type"+what, probe.Show(errorType),
				probe.Show(exceptionType)+" or "+probe.Show(strconv.Itoa(x.Response.Status)))
		}
	}
}

// exceptionRecords returns the attributes of the exceptions that were recorded as log
// records of the trace.
func exceptionRecords(p *probe.Probe, traceID string) (exceptions []otlptest.Attributes) {
	for _, record := range p.Receiver().Logs() {
		if record.TraceID() == traceID && (record.Attributes["exception.type"] != nil || record.Attributes["exception.message"] != nil) {
			exceptions = append(exceptions, record.Attributes)
		}
	}
	return exceptions
}

// checkStatusOrNone records a problem unless got is the status code that was sent, or nil.
// The instrumentation may be unable to see the status code.
func checkStatusOrNone(p *probe.Probe, what string, got any, status int) {
	p.True(got == nil || got == int64(status), what, probe.Show(got), probe.Show(status)+" or none")
}

// checkPanicInside checks what is recorded for GET /panic/inside. A middleware inside the
// instrumentation recovers the panic of this handler.
func checkPanicInside(p *probe.Probe) {
	var x probe.Exchange
	added, measured := p.MeasureIfCan(func() { x = p.Send(wire.Get("/panic/inside")) })
	p.Equal("response status of GET /panic/inside", x.Response.Status, 500)
	p.OneDuration(x, added, measured)
	server, ok := p.SettledServer(x)
	if !ok {
		return
	}
	p.Equal("status of the span of GET /panic/inside", server.Status(), otlptest.StatusError)
	p.Equal("http.response.status_code of GET /panic/inside", server.Attr("http.response.status_code"), int64(500))
	p.HasErrorType(x, server)
}

// checkAbort checks what is recorded for GET /abort, whose handler panics with
// http.ErrAbortHandler in the middle of the response.
func checkAbort(p *probe.Probe) {
	var without probe.Exchange
	p.With([]string{contract.BareService}, func() { without = p.SendAs(wire.Get("/abort")) })
	if without.Response.Body != "partial" {
		p.Cannot("the response to GET /abort violates CONTRACT.md: got %s, want the body \"partial\"", without.Response)
	}
	x := p.Send(wire.Get("/abort"))
	p.Equal("body of GET /abort", x.Response.Body, without.Response.Body)
	p.Equal("whether the response to GET /abort is cut off", x.Response.Lost != "", without.Response.Lost != "")
	if server, ok := p.Server(x); ok {
		p.Equal("status of the span of GET /abort", server.Status(), otlptest.StatusError)
		p.Equal("error.type of GET /abort", server.Attr("error.type"), "http.ErrAbortHandler")
		p.Equal("exception events of GET /abort", len(exceptionEvents(server)), 0)
	}
}

// exceptionEvents returns the exception events of a span.
func exceptionEvents(s otlptest.Span) []otlptest.Event {
	var exceptions []otlptest.Event
	for _, event := range s.Events() {
		if event.Name == "exception" {
			exceptions = append(exceptions, event)
		}
	}
	return exceptions
}
