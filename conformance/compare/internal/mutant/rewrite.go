package mutant

import (
	"slices"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// changeSpans returns a [Mutant.Traces] that changes each span.
func changeSpans(change func(*tracepb.Span)) func(*collectortrace.ExportTraceServiceRequest) {
	return func(r *collectortrace.ExportTraceServiceRequest) {
		for _, resource := range r.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					change(span)
				}
			}
		}
	}
}

// changeServerSpans returns a [Mutant.Traces] that changes each server span.
func changeServerSpans(change func(*tracepb.Span)) func(*collectortrace.ExportTraceServiceRequest) {
	return changeSpans(func(s *tracepb.Span) {
		if s.GetKind() == tracepb.Span_SPAN_KIND_SERVER {
			change(s)
		}
	})
}

// changeSpansNamed returns a [Mutant.Traces] that changes the spans with the name.
func changeSpansNamed(name string, change func(*tracepb.Span)) func(*collectortrace.ExportTraceServiceRequest) {
	return changeSpans(func(s *tracepb.Span) {
		if s.GetName() == name {
			change(s)
		}
	})
}

// changeSchemas returns a [Mutant.Traces] that replaces the schema URL of each scope.
func changeSchemas(schema string) func(*collectortrace.ExportTraceServiceRequest) {
	return func(r *collectortrace.ExportTraceServiceRequest) {
		for _, resource := range r.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				scope.SchemaUrl = schema
			}
		}
	}
}

// changeHistogramPoints returns a [Mutant.Metrics] that changes each point of the
// histogram with the name.
func changeHistogramPoints(name string, change func(*metricspb.HistogramDataPoint)) func(*collectormetrics.ExportMetricsServiceRequest) {
	return changeMetrics(name, func(m *metricspb.Metric) {
		for _, point := range m.GetHistogram().GetDataPoints() {
			change(point)
		}
	})
}

// changeMetrics returns a [Mutant.Metrics] that changes the metric with the name.
func changeMetrics(name string, change func(*metricspb.Metric)) func(*collectormetrics.ExportMetricsServiceRequest) {
	return func(r *collectormetrics.ExportMetricsServiceRequest) {
		for _, resource := range r.GetResourceMetrics() {
			for _, scope := range resource.GetScopeMetrics() {
				for _, metric := range scope.GetMetrics() {
					if metric.GetName() == name {
						change(metric)
					}
				}
			}
		}
	}
}

// stringAttribute returns the string value of an attribute, or "".
func stringAttribute(attributes []*commonpb.KeyValue, key string) string {
	for _, a := range attributes {
		if a.GetKey() == key {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// withoutAttribute returns the attributes except the attribute with the key.
func withoutAttribute(attributes []*commonpb.KeyValue, key string) []*commonpb.KeyValue {
	return slices.DeleteFunc(attributes, func(a *commonpb.KeyValue) bool { return a.GetKey() == key })
}

// withAttribute returns the attributes with a string attribute added or replaced.
func withAttribute(attributes []*commonpb.KeyValue, key, value string) []*commonpb.KeyValue {
	return append(withoutAttribute(attributes, key), &commonpb.KeyValue{
		Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}},
	})
}
