package errors

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// clientChecks returns the checks with clients that disconnect, and with responses that
// end too early.
func clientChecks() []check.Check {
	return []check.Check{
		{
			ID:    "error/disconnect",
			Level: check.Choice,
			Rule: "If the client disconnects before the response was sent completely, the span has the status ERROR and an error.type other than a 5xx status. It has a " +
				"status code only if one was sent.",
			Source: `bug reports of other instrumentations; HTTP semantic conventions v1.43, "Status", which recommend it to instrumentations that detect such errors`,
			Needs:  []contract.Capability{contract.Disconnect},
			Run:    checkDisconnect,
		},
		{
			ID:    "error/reset",
			Level: check.Choice,
			Rule: "If the client resets an HTTP/2 stream before the response has begun, the span has the status ERROR and an error.type other than a 5xx status. It has " +
				"no status code, since the status that the handler writes afterwards is not sent.",
			Source: `bug reports of other instrumentations; HTTP semantic conventions v1.43, "Status", which recommend it to instrumentations that detect such errors`,
			Needs:  []contract.Capability{contract.Disconnect, contract.HTTP2},
			Run:    checkReset,
		},
		{
			ID:    "error/truncated",
			Level: check.Choice,
			Rule: "A response ends before its declared length if the handler writes less or the source of the body fails. The span then has the status ERROR, even if the " +
				"status code is 200. The span and its duration measurement have an error.type. The client gets the truncated response, as without instrumentation.",
			Source:   `bug reports of other instrumentations; HTTP semantic conventions v1.43, "Status", which recommend it to instrumentations that detect such errors`,
			Measures: true,
			Run:      checkTruncatedResponses,
		},
		{
			ID:    "error/answered",
			Level: check.Requirement,
			Rule: "If a response was sent completely, only its status decides the span's status. Two things do not make the span an ERROR: a client that " +
				"closes its sending side before the response, and a client that disconnects while the handler is still running, which cancels the request's context.",
			Source:   `HTTP semantic conventions v1.43, "Status" and attribute error.type; bug reports of other instrumentations`,
			Measures: true,
			Run:      checkAnsweredBeforeDisconnect,
		},
	}
}

func checkDisconnect(p *probe.Probe) {
	// The handler takes longer than the check waits for the span.
	before := p.Leave(wire.Get("/slow/30000"))
	exchanges := []probe.Exchange{before, p.Leave(wire.Get("/endless"))}
	if p.Has(contract.HTTP2) {
		exchanges = append(exchanges, resetDuringAnswer(p, wire.Get("/endless")))
	}
	p.Settle()
	for _, x := range exchanges {
		checkSpanOfDisconnected(p, x)
	}
}

// checkSpanOfDisconnected checks the span of an exchange whose client disconnected before
// the response was complete. The exchange's status is 0 if the service had sent no
// status.
func checkSpanOfDisconnected(p *probe.Probe, x probe.Exchange) {
	server, ok := p.SettledServer(x)
	if !ok {
		return
	}
	errorType, _ := server.Attr("error.type").(string)
	p.True(errorType != "" && !isServerError(errorType), "error.type of "+x.Label()+" after the client disconnected", probe.Show(server.Attr("error.type")),
		"a value other than a 5xx status code")
	p.Equal("status of the span of "+x.Label()+" after the client disconnected", server.Status(), otlptest.StatusError)
	code := server.Attr("http.response.status_code")
	if x.Response.Status != 0 {
		p.Equal("http.response.status_code of "+x.Label()+", which was sent before the client disconnected", code, any(int64(x.Response.Status)))
		return
	}
	sent, _ := code.(int64)
	p.True(code == nil || sent >= http.StatusBadRequest, "http.response.status_code of "+x.Label()+", whose client disconnected before the response",
		probe.Show(code), "none, or a status of 400 or above")
}

// isServerError reports whether the error.type is a status code of 500 or above.
func isServerError(errorType string) bool {
	return len(errorType) == 3 && strings.HasPrefix(errorType, "5")
}

func checkAnsweredBeforeDisconnect(p *probe.Probe) {
	type request struct {
		description, path string
		send              func(wire.Request) probe.Exchange
	}
	var requests []request
	for _, w := range []request{
		{"whose client closed its sending side before the response", "/deaf/", func(r wire.Request) probe.Exchange { return sendHalfClosed(p, r) }},
		{"whose client disconnected before the handler returned", "/late/", func(r wire.Request) probe.Exchange { return sendAndLeave(p, r) }},
	} {
		if p.Serves(wire.Get(w.path + "200")) {
			requests = append(requests, w)
		}
	}
	judged := 0
	var meter *probe.Meter
	if p.Has(contract.Metrics) && p.Measures() {
		meter = p.Meter()
	}
	for _, code := range []int{200, 204, 404, 500} {
		want := sendAndReadOutcome(p, meter, func() probe.Exchange { return p.Send(wire.Get(fmt.Sprintf("/status/%d", code))) })
		for _, request := range requests {
			got := sendAndReadOutcome(p, meter, func() probe.Exchange { return request.send(wire.Get(fmt.Sprintf("%s%d", request.path, code))) })
			if got == nil {
				continue
			}
			if got["answer"] != code {
				p.Cannot("the response to GET %s%d violates CONTRACT.md: got status %v, want %d", request.path, code, got["answer"], code)
			}
			judged++
			for key, value := range probe.Sorted(want) {
				p.Equal(fmt.Sprintf("%s of GET %s%d, %s", key, request.path, code, request.description), got[key], value)
			}
		}
	}
	if judged == 0 {
		p.NotApplicable("the service sends no complete response to GET /deaf/{code} or GET /late/{code}, or only 501")
	}
}

// sendAndReadOutcome calls send and returns the outcome that the request's span records. If
// meter is not nil, the result includes what the duration metric records. The result is nil
// if there was no complete response.
func sendAndReadOutcome(p *probe.Probe, meter *probe.Meter, send func() probe.Exchange) map[string]any {
	var x probe.Exchange
	sendAndSettle := func() {
		if x = send(); isComplete(x) {
			// Wait for the span, since the handler may still be running.
			p.Settle()
			p.SettledServers(x)
		}
	}
	var added probe.Added
	if meter != nil {
		added = meter.Measure(sendAndSettle)
	} else {
		sendAndSettle()
	}
	if !isComplete(x) {
		return nil
	}
	outcome := map[string]any{"answer": x.Response.Status}
	if server, ok := p.SettledServer(x); ok {
		outcome["status of the span"] = server.Status()
		outcome["status description of the span"] = server.StatusMessage()
		outcome["http.response.status_code of the span"] = server.Attr("http.response.status_code")
		outcome["error.type of the span"] = server.Attr("error.type")
	}
	if meter == nil {
		return outcome
	}
	points := added.Of(probe.DurationMetric)
	outcome["series of "+probe.DurationMetric+" with a measurement"] = len(points)
	if len(points) == 1 {
		outcome["http.response.status_code of "+probe.DurationMetric] = points[0].Attributes["http.response.status_code"]
		outcome["error.type of "+probe.DurationMetric] = points[0].Attributes["error.type"]
	}
	return outcome
}

// isComplete reports whether the client has received the requested response completely. A
// response with the status 501 does not count, since a service sends it in place of a
// response that its framework cannot send.
func isComplete(x probe.Exchange) bool {
	return x.Response.Lost == "" && x.Response.Status != 0 && x.Response.Status != http.StatusNotImplemented
}

// sendAndLeave sends a request, reads the complete response, and then closes the
// connection. For GET /late/{code}, the handler is still running at that moment.
func sendAndLeave(p *probe.Probe, r wire.Request) probe.Exchange {
	t := p.Talk(r)
	t.Whole()
	_ = t.Conn.Close()
	p.Keep(&t.Exchange)
	return t.Exchange
}

// sendHalfClosed sends a request, closes the sending side of the connection at once, and
// reads the response.
func sendHalfClosed(p *probe.Probe, r wire.Request) probe.Exchange {
	t := p.Talk(r)
	if half, ok := t.Conn.(interface{ CloseWrite() error }); ok {
		if err := half.CloseWrite(); err != nil {
			p.Cannot("%s %s: %w", r.Method, r.Target, err)
		}
	}
	t.Whole()
	p.Keep(&t.Exchange)
	return t.Exchange
}
