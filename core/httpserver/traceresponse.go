package httpserver

import "go.opentelemetry.io/otel/trace"

// TraceResponse returns the value of the response header traceresponse, or "" if the
// header is not to be set: see [Config].ResponseTraceContext. Adapters set the header
// before calling the handlers.
//
// The value is defined in the W3C Trace Context draft, section "Traceresponse Header":
// version, trace-id, child-id and trace-flags. The child-id is the id of the server span,
// which is the operation that responds.
func (x *Exchange) TraceResponse() string {
	if x.instrumentation == nil || !x.instrumentation.engine.addTraceResponse {
		return ""
	}
	return x.traceResponse()
}

// traceResponse returns the value of the header traceresponse, or "" if x has no span of its
// own. It ignores the configuration.
func (x *Exchange) traceResponse() string {
	if x.Nested() {
		return ""
	}
	sc := x.span.SpanContext()
	if !sc.IsValid() || sc.IsRemote() { // a no-op span has the caller's span context
		return ""
	}
	return formatTraceResponse(sc)
}

// formatTraceResponse returns a header value that refers to the span of sc.
func formatTraceResponse(sc trace.SpanContext) string {
	return "00-" + sc.TraceID().String() + "-" + sc.SpanID().String() + "-" + sc.TraceFlags().String()
}
