package errors

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// handlerChecks returns the checks of handlers that modify the request's span or send
// sub-requests.
func handlerChecks() []check.Check {
	return []check.Check{
		{
			ID:     "error/description",
			Level:  check.Choice,
			Rule:   "The span status, its description and the span name that a handler sets are kept, whatever the status of the response.",
			Source: "bug reports of other instrumentations",
			Run:    checkHandlerDescription,
		},
		{
			ID:    "error/sub-request",
			Level: check.Choice,
			Rule: "A handler can call the service's router itself, with further requests that have the context of its own request. These further requests do not change " +
				"the span and the measurement of the handler's request.",
			Source:   "bug reports of other instrumentations",
			Needs:    []contract.Capability{contract.SubRequests},
			Measures: true,
			Run:      checkSubRequests,
		},
	}
}

// The span name and the status description that the handler of GET /described/{code} sets.
const (
	describedName   = "named by the handler"
	describedStatus = "described by the handler"
)

func checkHandlerDescription(p *probe.Probe) {
	var exchanges []probe.Exchange
	for _, code := range []int{200, 404, 500, 503} {
		x := p.Send(wire.Get(fmt.Sprintf("/described/%d", code)))
		p.Equal("response status of "+x.Label(), x.Response.Status, code)
		exchanges = append(exchanges, x)
	}
	p.Settle()
	implemented := slices.ContainsFunc(exchanges, func(x probe.Exchange) bool {
		return slices.ContainsFunc(p.SettledServers(x), func(s otlptest.Span) bool {
			return s.Name() == describedName || s.StatusMessage() == describedStatus
		})
	})
	if !implemented {
		p.Cannot("the handler of GET /described/{code} violates CONTRACT.md: no SERVER span has the name %q or the status description %q, which the handler must set%s",
			describedName, describedStatus, describeOtherSpan(p, exchanges))
	}
	for _, x := range exchanges {
		server, ok := p.SettledServer(x)
		if !ok {
			continue
		}
		p.Equal("name of the span of "+x.Label(), server.Name(), describedName)
		p.Equal("status of the span of "+x.Label(), server.Status(), otlptest.StatusError)
		p.Equal("status description of the span of "+x.Label(), server.StatusMessage(), describedStatus)
	}
}

// describeOtherSpan describes a span that the handler of GET /described/{code} has changed
// instead of the SERVER span, as happens if the handler has a span of its own. It returns "" if
// there is none.
func describeOtherSpan(p *probe.Probe, exchanges []probe.Exchange) string {
	for _, x := range exchanges {
		for _, s := range p.Trace(x.TraceID) {
			if s.Name() == describedName || s.StatusMessage() == describedStatus {
				return "; the handler has changed the span " + probe.Describe(s)
			}
		}
	}
	return ""
}

// checkSubRequests checks that sub-requests, whatever their outcome, do not change the
// span and the metric of the outer request, which must get a response with status 200.
func checkSubRequests(p *probe.Probe) {
	var meter *probe.Meter
	if p.Has(contract.Metrics) && p.Measures() {
		meter = p.Meter()
	}
	alone := sendBatchRequest(p, meter, `[]`)
	for _, body := range []string{
		`["GET /status/503"]`,
		`["POST /batch"]`,
		`["GET /panic"]`,
		`["GET /panic/inside","GET /fail/500"]`,
		`["GET /nothing/here","GET /fail/404","POST /echo","GET /status/200"]`,
		`["GET /healthz"]`,
	} {
		got := sendBatchRequest(p, meter, body)
		for key, value := range probe.Sorted(alone) {
			p.Equal(key+" for POST /batch with the sub-requests "+body, got[key], value)
		}
	}
}

// sendBatchRequest sends POST /batch, whose body lists sub-requests, and returns the
// telemetry of this outer request: its server span, which is below the caller's span, and
// the duration series with its route and status. The result has no telemetry of the
// sub-requests.
func sendBatchRequest(p *probe.Probe, meter *probe.Meter, body string) map[string]any {
	var x probe.Exchange
	send := func() { x = p.Send(wire.Post("/batch", body)) }
	var added probe.Added
	if meter != nil {
		added = meter.Measure(send)
	} else {
		send()
		p.Settle()
	}
	if x.Response.Status != http.StatusOK {
		p.Cannot("the response to POST /batch violates CONTRACT.md: got %d %.200q, want 200%s", x.Response.Status, x.Response.Body, p.Details())
	}
	recorded := make(map[string]any)
	var outerSpans []otlptest.Span
	for _, s := range probe.OfKind(p.Trace(x.TraceID), otlptest.KindServer) {
		if s.ParentID() == x.SpanID {
			outerSpans = append(outerSpans, s)
		}
	}
	recorded["SERVER spans that are children of the caller's span"] = len(outerSpans)
	if len(outerSpans) == 1 {
		recorded["name of the span"] = outerSpans[0].Name()
		recorded["status of the span"] = outerSpans[0].Status()
		recorded["exception events"] = len(exceptionEvents(outerSpans[0]))
		for _, key := range []string{"http.request.method", "http.route", "http.response.status_code", "error.type", "url.path"} {
			recorded[key+" of the span"] = outerSpans[0].Attr(key)
		}
	}
	if meter == nil {
		return recorded
	}
	measured := false
	for _, point := range added.Of(probe.DurationMetric) {
		measured = measured || point.Attributes["http.route"] == p.Route("/batch") && point.Attributes["http.request.method"] == http.MethodPost &&
			point.Attributes["http.response.status_code"] == int64(http.StatusOK) && point.Attributes["error.type"] == nil
	}
	recorded["whether "+probe.DurationMetric+" was recorded"] = measured
	return recorded
}
