package conformance

import (
	"net/http"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Problem is one violation of a rule.
type Problem struct {
	// What names the value that was checked.
	What string `json:"what"`
	Got  string `json:"got"`
	Want string `json:"want"`
}

// String returns the problem in one line.
func (p Problem) String() string { return p.What + ": got " + p.Got + ", want " + p.Want }

// Evidence is what a check sent and received.
type Evidence struct {
	Exchanges []Exchange `json:"exchanges,omitempty"`
	Spans     []SpanInfo `json:"spans,omitempty"`
}

// SpanInfo is a span in a report.
type SpanInfo struct {
	TraceID    string              `json:"trace_id"`
	SpanID     string              `json:"span_id"`
	ParentID   string              `json:"parent_id,omitempty"`
	Name       string              `json:"name"`
	Kind       string              `json:"kind"`
	Status     string              `json:"status"`
	Start      time.Time           `json:"start"`
	End        time.Time           `json:"end"`
	Attributes otlptest.Attributes `json:"attributes,omitempty"`
	Events     []string            `json:"events,omitempty"`
	// Scope is the instrumentation scope, with its version.
	Scope string `json:"scope,omitempty"`
	// Links are the linked spans, as trace id and span id joined by a hyphen.
	Links []string `json:"links,omitempty"`
}

// Exchange is a request and its response.
type Exchange struct {
	Request  Request  `json:"request"`
	Response Response `json:"response"`
	// TraceID and SpanID are the ids in the request's traceparent, which the suite sends
	// as the caller.
	TraceID string `json:"trace_id,omitempty"`
	SpanID  string `json:"span_id,omitempty"`
}

// Request is an HTTP/1.1 request as it was sent.
type Request struct {
	Method string `json:"method"`
	// Target is the path with its query, as sent.
	Target string `json:"target"`
	// Host is the Host header; "" means the address of the service.
	Host string `json:"host,omitempty"`
	// Header are the headers in order, each as "Name: value", without Host, Connection and
	// the Content-Length of a body.
	Header []string `json:"header,omitempty"`
	Body   string   `json:"body,omitempty"`
	// Chunked is set if the body was sent in chunks, without a length.
	Chunked bool `json:"chunked,omitempty"`
}

// Response is a response as the suite received it. It may be incomplete.
type Response struct {
	Status int         `json:"status"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
	// Lost is the error that ended an incomplete response, for example because the service
	// closed the connection; "" if the response is complete. The other fields contain the
	// part that was received.
	Lost string `json:"lost,omitempty"`
}

// newEvidence converts evidence to its exported form.
func newEvidence(found *probe.Evidence) Evidence {
	var evidence Evidence
	for _, x := range found.Exchanges {
		evidence.Exchanges = append(evidence.Exchanges, Exchange{
			Request: Request(x.Request), Response: Response(x.Response), TraceID: x.TraceID, SpanID: x.SpanID,
		})
	}
	for _, s := range found.Spans {
		evidence.Spans = append(evidence.Spans, newSpanInfo(s))
	}
	return evidence
}

func newSpanInfo(s otlptest.Span) SpanInfo {
	info := SpanInfo{
		TraceID: s.TraceID(), SpanID: s.SpanID(), ParentID: s.ParentID(),
		Name: s.Name(), Kind: string(s.Kind()), Status: string(s.Status()),
		Start: s.Start(), End: s.End(), Attributes: s.Attributes,
		Scope: strings.TrimSpace(s.Scope.Name + " " + s.Scope.Version),
	}
	for _, e := range s.Events() {
		info.Events = append(info.Events, e.Name)
	}
	for _, l := range s.Links() {
		info.Links = append(info.Links, l.TraceID+"-"+l.SpanID)
	}
	return info
}
