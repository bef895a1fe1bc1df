package probe

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Exchange is a request and its response.
type Exchange struct {
	Request  wire.Request
	Response wire.Response
	// TraceID and SpanID are the ids in the request's traceparent, which the suite sends
	// as the caller.
	TraceID string
	SpanID  string
}

// Label identifies the exchange in a problem.
func (x Exchange) Label() string {
	label := x.Request.Method + " " + x.Request.Target
	if x.Request.Host != "" {
		label += " with Host " + x.Request.Host
	}
	for _, header := range x.Request.Header {
		if name, _, _ := strings.Cut(header, ":"); name == "Range" || name == "If-Modified-Since" {
			label += " with " + name
		}
	}
	if x.Request.Chunked {
		label += " with a chunked body"
	}
	if len(label) > 100 {
		label = label[:100] + "…"
	}
	return label
}

// abbreviated returns a copy of the exchange in which long texts are cut.
func (x Exchange) abbreviated() Exchange {
	clip := func(s string) string {
		const maxLength = 2000
		if len(s) <= maxLength {
			return s
		}
		return fmt.Sprintf("%s… (%d bytes)", s[:maxLength], len(s))
	}
	x.Request.Target, x.Request.Body, x.Response.Body = clip(x.Request.Target), clip(x.Request.Body), clip(x.Response.Body)
	x.Request.Header = slices.Clone(x.Request.Header)
	for i, line := range x.Request.Header {
		x.Request.Header[i] = clip(line)
	}
	return x
}

// Evidence is what a check sent and received.
type Evidence struct {
	Exchanges []Exchange
	Spans     []otlptest.Span
}

// MaxEvidence limits the number of requests that a report keeps for a check.
const MaxEvidence = 20

// Keep counts the request of an exchange, as recordExchange does. It keeps the exchange as
// evidence unless the check already has MaxEvidence exchanges.
func (p *Probe) Keep(x *Exchange) {
	p.recordExchange(x.Request, x.Response)
	last := len(p.evidence.Exchanges) - 1
	if last >= MaxEvidence {
		p.evidence.Exchanges = p.evidence.Exchanges[:last]
		return
	}
	p.evidence.Exchanges[last] = x.abbreviated()
	if x.TraceID != "" {
		p.evidenceTraceIDs = append(p.evidenceTraceIDs, x.TraceID)
	}
}

// recordExchange keeps an exchange as evidence. If the service counts the request in its
// metric reference.processed, the suite counts it too.
func (p *Probe) recordExchange(r wire.Request, response wire.Response) Exchange {
	x := Exchange{Request: r, Response: response}
	p.evidence.Exchanges = append(p.evidence.Exchanges, x)
	if isProcessed(r, response) {
		p.instance.Processed++
	}
	return x
}

// isProcessed reports whether the service counts the request in its metric
// reference.processed.
func isProcessed(r wire.Request, response wire.Response) bool {
	return response.Status == http.StatusOK && r.Method == http.MethodGet && strings.HasPrefix(r.Path(), "/process/")
}

// Watch adds the spans of a trace to the evidence.
func (p *Probe) Watch(traceID string) { p.evidenceTraceIDs = append(p.evidenceTraceIDs, traceID) }

// addSpansToEvidence adds the spans of the check's traces to the evidence.
func (p *Probe) addSpansToEvidence() {
	for _, id := range p.evidenceTraceIDs {
		p.evidence.Spans = append(p.evidence.Spans, p.Trace(id)...)
	}
}
