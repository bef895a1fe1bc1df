package mutant

import (
	"slices"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// changeRoutedSpans returns a [Mutant.Traces] that changes the server spans that have a
// route.
func changeRoutedSpans(change func(s *tracepb.Span, method, route string)) func(*collectortrace.ExportTraceServiceRequest) {
	return changeServerSpans(func(s *tracepb.Span) {
		if route := stringAttribute(s.GetAttributes(), "http.route"); route != "" {
			change(s, stringAttribute(s.GetAttributes(), "http.request.method"), route)
		}
	})
}

// changeUnroutedSpans returns a [Mutant.Traces] that changes the server spans without a
// route.
func changeUnroutedSpans(change func(*tracepb.Span)) func(*collectortrace.ExportTraceServiceRequest) {
	return changeServerSpans(func(s *tracepb.Span) {
		if stringAttribute(s.GetAttributes(), "http.route") == "" {
			change(s)
		}
	})
}

// setRoute sets a span's route, and the name that follows from it.
func setRoute(s *tracepb.Span, method, route string) {
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

// withIntAttribute returns the attributes with an integer attribute added or replaced.
func withIntAttribute(attributes []*commonpb.KeyValue, key string, value int64) []*commonpb.KeyValue {
	return append(withoutAttribute(attributes, key), &commonpb.KeyValue{
		Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: value}},
	})
}

// hasAttribute reports whether one of the attributes has the key.
func hasAttribute(attributes []*commonpb.KeyValue, key string) bool {
	return slices.ContainsFunc(attributes, func(a *commonpb.KeyValue) bool { return a.GetKey() == key })
}
