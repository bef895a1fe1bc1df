package mutant

import (
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// routed returns a [Mutant.Traces] that changes the server spans that have a
// route.
func routed(change func(s *tracepb.Span, method, route string)) func(*collectortrace.ExportTraceServiceRequest) {
	return serverSpans(func(s *tracepb.Span) {
		if route := attribute(s.GetAttributes(), "http.route"); route != "" {
			change(s, attribute(s.GetAttributes(), "http.request.method"), route)
		}
	})
}

// onUnrouted returns one that changes those without a route.
func onUnrouted(change func(*tracepb.Span)) func(*collectortrace.ExportTraceServiceRequest) {
	return serverSpans(func(s *tracepb.Span) {
		if attribute(s.GetAttributes(), "http.route") == "" {
			change(s)
		}
	})
}

// rename sets a span's route, and its name accordingly.
func rename(s *tracepb.Span, method, route string) {
	s.Name = method + " " + route
	s.Attributes = withAttribute(s.GetAttributes(), "http.route", route)
}

// statusCode returns the span's http.response.status_code, or 0.
func statusCode(s *tracepb.Span) int {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == "http.response.status_code" {
			return int(a.GetValue().GetIntValue())
		}
	}
	return 0
}

// withNumber returns the attributes with an integer added or replaced.
func withNumber(attributes []*commonpb.KeyValue, key string, value int64) []*commonpb.KeyValue {
	return append(withoutAttribute(attributes, key), &commonpb.KeyValue{
		Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: value}},
	})
}

// isNamed finds an attribute by its key.
func isNamed(key string) func(*commonpb.KeyValue) bool {
	return func(a *commonpb.KeyValue) bool { return a.GetKey() == key }
}
