package mutant

import (
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// routed makes a [Mutant.Traces] that changes the server spans with a route.
func routed(change func(s *tracepb.Span, method, route string)) func(*collectortrace.ExportTraceServiceRequest) {
	return serverSpans(func(s *tracepb.Span) {
		if route := attribute(s.GetAttributes(), "http.route"); route != "" {
			change(s, attribute(s.GetAttributes(), "http.request.method"), route)
		}
	})
}

// unrouted makes one that changes those without.
func unrouted(change func(*tracepb.Span)) func(*collectortrace.ExportTraceServiceRequest) {
	return serverSpans(func(s *tracepb.Span) {
		if attribute(s.GetAttributes(), "http.route") == "" {
			change(s)
		}
	})
}

// rename gives a span a route, and the name that follows from it.
func rename(s *tracepb.Span, method, route string) {
	s.Name = method + " " + route
	s.Attributes = with(s.GetAttributes(), "http.route", route)
}

// statusCode returns the span's http.response.status_code, 0 without it.
func statusCode(s *tracepb.Span) int {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == "http.response.status_code" {
			return int(a.GetValue().GetIntValue())
		}
	}
	return 0
}

// withNumber returns the attributes with an integer that replaces its like.
func withNumber(attributes []*commonpb.KeyValue, key string, value int64) []*commonpb.KeyValue {
	return append(without(attributes, key), &commonpb.KeyValue{
		Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: value}},
	})
}

// isNamed finds an attribute by its key.
func isNamed(key string) func(*commonpb.KeyValue) bool {
	return func(a *commonpb.KeyValue) bool { return a.GetKey() == key }
}
