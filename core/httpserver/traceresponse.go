package httpserver

import "go.opentelemetry.io/otel/trace"

// TraceResponse returns the value of the answer's header traceresponse, "" for
// none: see [Config].ResponseTraceContext. Adapters set it before the handlers.
//
// It is that of W3C's draft (section "Traceresponse Header" of Trace Context):
// version, trace-id, child-id and trace-flags, the child being the operation of
// the one who answers, which is the server span.
func (x *Exchange) TraceResponse() string {
	if x.in == nil || !x.in.engine.traceResponse {
		return ""
	}
	return x.traceResponse()
}

func (x *Exchange) traceResponse() string {
	if x.Nested() {
		return ""
	}
	sc := x.span.SpanContext()
	if !sc.IsValid() || sc.IsRemote() { // a span that records nothing, in the caller's trace
		return ""
	}
	return traceResponse(sc)
}

func traceResponse(sc trace.SpanContext) string {
	return "00-" + sc.TraceID().String() + "-" + sc.SpanID().String() + "-" + sc.TraceFlags().String()
}
