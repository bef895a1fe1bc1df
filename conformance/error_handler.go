package conformance

import (
	"fmt"
	"net/http"

	"github.com/samespan/samespan/conformance/otlptest"
)

// handlerChecks are about what handlers do with the request's span.
func handlerChecks() []Check {
	return []Check{
		{
			ID:     "error/description",
			Level:  Choice,
			Rule:   "The status with its description, and the name, that a handler sets on the request's span are kept, whatever the answer's status.",
			Source: "users of today's packages",
			run:    errorDescription,
		},
		{
			ID:    "error/sub-request",
			Level: Choice,
			Rule: "Requests that a handler serves in process, by the service's own router and with its own request's context, " +
				"change nothing of the request's own span and measurement.",
			Source: "users of today's packages",
			Needs:  []Capability{SubRequests},
			run:    errorSubRequest,
		},
	}
}

// What the handler of GET /described/{code} sets.
const (
	describedName   = "named by the handler"
	describedStatus = "described by the handler"
)

func errorDescription(p *Probe) {
	var exchanges []Exchange
	for _, code := range []int{200, 404, 500, 503} {
		x := p.Send(Get(fmt.Sprintf("/described/%d", code)))
		if x.Response.Status == http.StatusNotImplemented {
			panic(suiteError{inapplicable{"the service does not have GET /described/{code}"}})
		}
		p.Equal("status of the answer to "+x.label(), x.Response.Status, code)
		exchanges = append(exchanges, x)
	}
	p.Settle()
	for _, x := range exchanges {
		server, ok := p.settledServer(x)
		if !ok {
			continue
		}
		p.Equal("name of the span of "+x.label(), server.Name(), describedName)
		p.Equal("status of the span of "+x.label(), server.Status(), otlptest.StatusError)
		p.Equal("description of the status of "+x.label(), server.StatusMessage(), describedStatus)
	}
}

// errorSubRequest serves, inside of requests that are answered 200, what fails in
// every way: by GET and by the outer request's own method, once and several times.
func errorSubRequest(p *Probe) {
	alone := p.outer(`[]`)
	for _, body := range []string{
		`["GET /status/503"]`,
		`["POST /batch"]`,
		`["GET /panic"]`,
		`["GET /panic/inside","GET /fail/500"]`,
		`["GET /nothing/here","GET /fail/404","POST /echo","GET /status/200"]`,
		`["GET /healthz"]`,
	} {
		got := p.outer(body)
		for key, value := range sorted(alone) {
			p.Equal(key+" of POST /batch that serves "+body, got[key], value)
		}
	}
}

// outer sends POST /batch and returns what is said about that request itself, by
// its span, which is the caller's child, and by the series of the duration whose
// route and status are its own.
func (p *Probe) outer(body string) map[string]any {
	var x Exchange
	grown := p.measure(func() { x = p.Send(Post("/batch", body)) })
	if x.Response.Status != http.StatusOK {
		p.cannot("POST /batch is not answered as CONTRACT.md says: got %d %.200q%s", x.Response.Status, x.Response.Body, p.instance.printed())
	}
	said := make(map[string]any)
	var own []otlptest.Span
	for _, s := range ofKind(p.trace(x.TraceID), otlptest.KindServer) {
		if s.ParentID() == x.SpanID {
			own = append(own, s)
		}
	}
	said["server spans below the caller's"] = len(own)
	if len(own) == 1 {
		said["name of the span"] = own[0].Name()
		said["status of the span"] = own[0].Status()
		said["exception events"] = len(exceptionsOf(own[0]))
		for _, key := range []string{"http.request.method", "http.route", "http.response.status_code", "error.type", "url.path"} {
			said[key+" of the span"] = own[0].Attr(key)
		}
	}
	measured := false
	for _, point := range grown.of(durationMetric) {
		measured = measured || point.Attributes["http.route"] == "/batch" && point.Attributes["http.request.method"] == http.MethodPost &&
			point.Attributes["http.response.status_code"] == int64(http.StatusOK) && point.Attributes["error.type"] == nil
	}
	said["that "+durationMetric+" was measured"] = measured
	return said
}
