package errors

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Checks returns the checks of the area "error": failures are recorded, and the
// instrumentation does not change how they are handled.
func Checks() []check.Check {
	return append([]check.Check{
		{
			ID:    "error/handler",
			Level: check.Requirement,
			Rule: "If a handler returns an error, the HTTP status that was sent decides the span's status: ERROR from 500 on, Unset below. An instrumentation may instead " +
				"record every error of a handler as ERROR, with an error.type.",
			Source: `HTTP semantic conventions v1.43, "Status", which let an instrumentation with more context set it more precisely; bug reports of other instrumentations`,
			Run:    checkHandlerErrors,
		},
		{
			ID:    "error/handler-once",
			Level: check.Choice,
			Rule: "The framework's error handler runs as often as without instrumentation, and an outer middleware " +
				"sees the same error as without it.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Bare},
			Run:    checkErrorHandlerRunsOnce,
		},
		{
			ID:    "error/wire-status",
			Level: check.Requirement,
			Rule: "http.response.status_code is the status that was sent. It is 200 if the handler sets none. If the handler fails before anything is sent, it is the " +
				"status of the error response. An error or a second status after the response has begun does not change it. If no status was sent, the attribute is " +
				"absent. It may also be absent on a hijacked connection, or if an outer middleware recovers a panic and answers.",
			Source: "HTTP semantic conventions v1.43, attribute http.response.status_code; bug reports of other instrumentations",
			Run:    checkWireStatus,
		},
		{
			ID:    "error/hook",
			Level: check.Choice,
			Rule: "A hook is a function of the application that the instrumentation calls, for example to name a span. If a hook panics, the response does not change, no " +
				"span is lost, and the panic is reported once.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Hooks},
			Env:    []string{"SAMESPAN_HOOKS=panic"},
			Own:    true,
			Run:    checkPanickingHooks,
		},
	}, slices.Concat(panicChecks(), clientChecks(), handlerChecks())...)
}

func checkHandlerErrors(p *probe.Probe) {
	var exchanges []probe.Exchange
	for _, target := range []string{"/fail/400", "/fail/404", "/fail/500", "/fail/503"} {
		exchanges = append(exchanges, p.Send(wire.Get(target)))
	}
	p.Settle()
	for _, x := range exchanges {
		server, ok := p.SettledServer(x)
		if !ok {
			continue
		}
		if x.Response.Status < 500 && (server.Status() != otlptest.StatusError || server.Attr("error.type") == nil) {
			p.Judged(x, server)
			continue
		}
		// The span status's description is not checked: it may be the text of the
		// handler's error.
		p.Equal("http.response.status_code of "+x.Label(), server.Attr("http.response.status_code"), int64(x.Response.Status))
		p.Equal("status of the span of "+x.Label(), server.Status(), otlptest.StatusError)
		p.HasErrorType(x, server)
	}
}

// observedCounts is the response of GET /observed: how often the error handler ran, and
// how often an outer middleware got a handler's error.
type observedCounts struct {
	ErrorHandler int `json:"error_handler"`
	OuterErrors  int `json:"outer_errors"`
}

// readCounts returns the response of GET /observed.
func readCounts(p *probe.Probe) observedCounts {
	var o observedCounts
	x := p.SendAs(wire.Get("/observed"))
	if err := json.Unmarshal([]byte(x.Response.Body), &o); err != nil {
		p.Cannot("the response to GET /observed violates CONTRACT.md: got %s, want JSON: %w", x.Response, err)
	}
	return o
}

// sendAndCount sends GET target, and returns by how much that request has increased the
// counts of GET /observed.
func sendAndCount(p *probe.Probe, target string) observedCounts {
	before := readCounts(p)
	p.Send(wire.Get(target))
	after := readCounts(p)
	return observedCounts{after.ErrorHandler - before.ErrorHandler, after.OuterErrors - before.OuterErrors}
}

func checkErrorHandlerRunsOnce(p *probe.Probe) {
	targets := []string{"/fail/404", "/fail/503", "/write/custom"}
	without := make(map[string]observedCounts)
	p.With([]string{contract.BareService}, func() {
		for _, target := range targets {
			without[target] = sendAndCount(p, target)
		}
	})
	for _, target := range targets {
		got := sendAndCount(p, target)
		p.Equal("calls of the error handler for GET "+target, got.ErrorHandler, without[target].ErrorHandler)
		p.Equal("unchanged handler errors that an outer middleware got for GET "+target, got.OuterErrors, without[target].OuterErrors)
	}
}

// checkWireStatus checks that the status on the span is the status that was sent.
func checkWireStatus(p *probe.Probe) {
	targets := []string{
		"/write/twice", "/write/partial", "/write/implicit", "/write/nothing", "/write/custom", "/write/flushed", "/status/206", "/fail/422",
	}
	if p.Has(contract.ResponseWriter) {
		targets = append(targets, "/write/hijacked", "/write/aborted")
	}
	var exchanges []probe.Exchange
	for _, target := range targets {
		request := wire.Get(target)
		if target == "/write/hijacked" {
			// A server may respond with 101 only if the client asks for an upgrade: RFC 9110,
			// section 7.8.
			request.Header = []string{"Connection: Upgrade", "Upgrade: echo"}
		}
		exchanges = append(exchanges, p.Send(request))
	}
	p.Settle()
	for _, x := range exchanges {
		server, ok := p.SettledServer(x)
		if !ok {
			continue
		}
		got, want := server.Attr("http.response.status_code"), any(int64(x.Response.Status))
		switch {
		case x.Response.Status == 0:
			want = nil
		case (x.Request.Target == "/write/aborted" || x.Request.Target == "/write/hijacked") && got == nil:
			// The instrumentation may not see the status: a recovery middleware outside it
			// has answered, or the handler has hijacked the connection.
			continue
		}
		p.Equal("http.response.status_code of "+x.Label(), got, want)
	}
}

func checkPanickingHooks(p *probe.Probe) {
	p.With([]string{"SAMESPAN_HOOKS=name"}, func() {
		server, ok := p.Server(p.Send(wire.Get("/process/1")))
		if ok && server.Name() != "hooked" && server.Attr("hook.attribute") == nil {
			p.Cannot("the service violates CONTRACT.md: with SAMESPAN_HOOKS=name, the span has neither the name \"hooked\" nor the attribute hook.attribute%s", p.Details())
		}
	})
	item := p.Unique()
	x, failed := p.Send(wire.Get("/process/"+item)), p.Send(wire.Get("/status/503"))
	p.Equal("response status of GET /process/… with hooks that panic", x.Response.Status, 200)
	p.True(strings.Contains(x.Response.Body, item), "response body of GET /process/… with hooks that panic", probe.Show(x.Response.Body), "a body that contains "+item)
	p.Equal("response status of GET /status/503 with hooks that panic", failed.Response.Status, 503)
	p.Equal("response body of GET /status/503 with hooks that panic", failed.Response.Body, "status 503")
	if x.Response.Status != 200 {
		return // Settle would fail: its marker requests would get no response either
	}
	p.Settle()
	type span struct {
		name   string
		status otlptest.Status
		code   any
		// errorType is error.type, or nil.
		errorType any
	}
	spanOf := func(x probe.Exchange) (span, bool) {
		server, ok := p.SettledServer(x)
		if !ok {
			return span{}, false
		}
		return span{server.Name(), server.Status(), server.Attr("http.response.status_code"), server.Attr("error.type")}, true
	}
	got := make(map[string]span)
	for _, with := range []probe.Exchange{x, failed} {
		if s, ok := spanOf(with); ok {
			got[with.Request.Target] = s
		}
	}
	checkHookReports(p)
	// Compare these spans with the spans of a service that has no hooks. Whether the spans
	// without hooks are correct is checked by the checks of the area "span".
	p.With(nil, func() {
		for target, s := range probe.Sorted(got) {
			without := p.Send(wire.Get(target))
			p.Settle()
			want, ok := spanOf(without)
			if !ok {
				continue
			}
			const ofSpan = " of the span of "
			p.Equal("name"+ofSpan+without.Label()+" with hooks that panic", s.name, want.name)
			p.Equal("status"+ofSpan+without.Label()+" with hooks that panic", s.status, want.status)
			p.Equal("http.response.status_code"+ofSpan+without.Label()+" with hooks that panic", s.code, want.code)
			p.Equal("error.type"+ofSpan+without.Label()+" with hooks that panic", s.errorType, want.errorType)
		}
	})
}

// checkHookReports checks that the panics of the two hooks are reported in the service's
// output or log records. There must be one report for each panic, or one for both. A report
// may contain the panic value twice: in its message and before its stack. If the service
// runs in the suite's own process, the suite sees only what the service writes to Output.
func checkHookReports(p *probe.Probe) {
	const panicText, maxReports = "hook of the service panics", 4
	reports := func(text string) bool { return strings.Contains(text, panicText) }
	count := func() (reported int) {
		for _, entry := range p.Entries() {
			if reports(entry) {
				reported++
			}
		}
		for _, record := range p.Receiver().Logs() {
			if reports(fmt.Sprint(record.Body(), record.Attributes)) {
				reported++
			}
		}
		return reported
	}
	if !p.Prints() && count() == 0 {
		return
	}
	// The output of a process arrives with a delay, which is long on a busy machine.
	p.Within(probe.PrintTime, func() bool { return count() > 0 })
	reported := count()
	p.True(reported > 0 && reported <= maxReports, "log entries about the panics of the two hooks", probe.Show(reported),
		fmt.Sprintf("from 1 to %d: one for each hook, not one for each request", maxReports))
}
