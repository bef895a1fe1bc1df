package tracecontext

import (
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/received"
)

// Sent holds a request's traceparent and tracestate, to be parsed later.
type Sent struct{ traceparent, tracestate string }

// Sent returns header's traceparent and tracestate, to be parsed later. ok is false if
// the caller's context must be extracted at once: if ReadsItself is false, if there is
// baggage, or if the server reuses the bytes of the header's values.
func (r *Reader) Sent(header Header) (sent Sent, ok bool) {
	if !r.readsItself || header == nil {
		return Sent{}, r.readsItself
	}
	if _, raw := header.(received.RawHeader); raw || len(header.Values(baggageHeader)) > 0 {
		return Sent{}, false
	}
	if values := header.Values(traceparentHeader); len(values) == 1 {
		// Two traceparent headers count as none, even if they are equal.
		sent.traceparent = values[0]
		sent.tracestate = joinTracestate(header.Values(tracestateHeader))
	}
	return sent, true
}

// None reports whether there is no traceparent.
func (s *Sent) None() bool { return s.traceparent == "" }

// Caller stores the caller's span context in parent and reports whether it is valid.
func (s *Sent) Caller(parent *trace.SpanContextConfig) bool {
	if !parseTraceparent(s.traceparent, parent) {
		return false
	}
	parseTraceState(s.tracestate, parent)
	return true
}
