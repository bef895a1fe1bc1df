package mutant

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// allowedMetricVariants are the allowed variants for the checks metric/*.
var allowedMetricVariants = []allowedVariant{
	{
		// The conventions of a framework, such as ASP.NET Core, may define more
		// attributes.
		Mutant: Mutant{Name: "says-more-in-its-series", Metrics: changePointAttributes(func(attributes []*commonpb.KeyValue) []*commonpb.KeyValue {
			return withAttribute(withAttribute(attributes, "network.protocol.name", "http"), "aspnetcore.routing.match_status", "success")
		})},
		mustPass: []string{"metric/duration", "metric/active", "metric/unsampled", "metric/cardinality", "metric/error"},
	},
	{
		Mutant: Mutant{Name: "measures-no-version", Metrics: changePointAttributes(func(attributes []*commonpb.KeyValue) []*commonpb.KeyValue {
			return withoutAttribute(attributes, "network.protocol.version")
		})},
		mustPass: []string{"metric/duration"},
	},
	{
		// The metric's duration is measured separately from the span's, a little later.
		Mutant: Mutant{Name: "reads-the-clock-again", Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			*point.Sum += 0.0001 * float64(point.GetCount())
		})},
		mustPass: []string{"metric/duration"},
	},
	{
		// A busy machine stops the service twice before it measures the metric's duration. The
		// suite sends the first request of each route before the check.
		Mutant: Mutant{Name: "is-stopped-before-it-reads-the-clock-again", Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			*point.Sum += 0.03 * float64(min(point.GetCount(), 2))
		})},
		mustPass: []string{"metric/duration"},
	},
	{
		Mutant: Mutant{Name: "keeps-older-examples-too", Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			point.Exemplars = append([]*metricspb.Exemplar{{
				TimeUnixNano: point.GetStartTimeUnixNano(), TraceId: bytes.Repeat([]byte{1}, 16), SpanId: bytes.Repeat([]byte{2}, 8),
			}}, point.GetExemplars()...)
		})},
		mustPass: []string{"metric/exemplar"},
	},
	{
		// A view or an exporter of the service may select exponential histograms.
		Mutant:   Mutant{Name: "has-exponential-histograms", Metrics: changeMetrics(durationMetric, makeExponential)},
		mustPass: []string{"metric/duration", "metric/unsampled", "metric/cardinality", "metric/error", "metric/exemplar"},
	},
	{
		// An exemplar reservoir may drop some measurements.
		Mutant: Mutant{Name: "keeps-few-examples", Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			if point.GetCount() < 4 {
				point.Exemplars = nil
			}
		})},
		mustPass: []string{"metric/exemplar"},
	},
	{
		// Some instrumentations see only requests that match a route. That is a failure of
		// span/unmatched.
		Mutant:   Mutant{Name: "measures-only-routed-requests", Metrics: removeUnroutedPoints},
		mustPass: []string{"metric/cardinality"},
	},
	{
		Mutant:   Mutant{Name: "has-metrics-of-its-own", Metrics: addApplicationMetric},
		mustPass: []string{"exclude/metrics"},
	},
}

// removeUnroutedPoints removes the measurements of requests that match no route.
var removeUnroutedPoints = changeMetrics(durationMetric, func(m *metricspb.Metric) {
	m.GetHistogram().DataPoints = slices.DeleteFunc(m.GetHistogram().GetDataPoints(), func(point *metricspb.HistogramDataPoint) bool {
		return stringAttribute(point.GetAttributes(), "http.route") == ""
	})
})

// noOptInMutant records no Opt-In telemetry, even if the subject declares it.
var noOptInMutant = Mutant{
	Name: "records-nothing-opt-in",
	Traces: changeServerSpans(func(s *tracepb.Span) {
		s.Attributes = withoutAttribute(withoutAttribute(s.GetAttributes(), "http.request.body.size"), "http.response.body.size")
	}),
	Metrics: func(r *collectormetrics.ExportMetricsServiceRequest) {
		for _, resource := range r.GetResourceMetrics() {
			for _, scope := range resource.GetScopeMetrics() {
				scope.Metrics = slices.DeleteFunc(scope.GetMetrics(), func(m *metricspb.Metric) bool {
					return slices.Contains([]string{"http.server.active_requests", requestSizeMetric, responseSizeMetric}, m.GetName())
				})
			}
		}
	},
}

// deltaMutant exports metrics with the temporality delta, as some vendors recommend.
var deltaMutant = Mutant{Name: "exports-deltas", Metrics: exportDeltas()}

// exportDeltas returns a [Mutant.Metrics] that converts cumulative sums and histograms to
// deltas. As in OpenTelemetry's SDKs, a point without new measurements is not exported.
func exportDeltas() func(*collectormetrics.ExportMetricsServiceRequest) {
	const delta = metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
	var mu sync.Mutex
	exported := make(map[string]float64) // cumulative values that were exported
	newValue := func(value float64, key ...any) float64 {
		series := fmt.Sprint(key...)
		added := value - exported[series]
		exported[series] = value
		return added
	}
	return func(r *collectormetrics.ExportMetricsServiceRequest) {
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range r.GetResourceMetrics() {
			for _, scope := range resource.GetScopeMetrics() {
				for _, m := range scope.GetMetrics() {
					if sum := m.GetSum(); sum.GetIsMonotonic() {
						sum.AggregationTemporality = delta
						sum.DataPoints = slices.DeleteFunc(sum.GetDataPoints(), func(point *metricspb.NumberDataPoint) bool {
							added := int64(newValue(float64(point.GetAsInt()), m.GetName(), point.GetAttributes()))
							point.Value = &metricspb.NumberDataPoint_AsInt{AsInt: added}
							return added == 0
						})
					}
					if histogram := m.GetHistogram(); histogram != nil {
						histogram.AggregationTemporality = delta
						histogram.DataPoints = slices.DeleteFunc(histogram.GetDataPoints(), func(point *metricspb.HistogramDataPoint) bool {
							point.Count = uint64(newValue(float64(point.GetCount()), m.GetName(), point.GetAttributes(), "count"))
							*point.Sum = newValue(point.GetSum(), m.GetName(), point.GetAttributes(), "sum")
							return point.GetCount() == 0
						})
					}
				}
				scope.Metrics = slices.DeleteFunc(scope.GetMetrics(), func(m *metricspb.Metric) bool {
					return m.GetSum() != nil && len(m.GetSum().GetDataPoints()) == 0 || m.GetHistogram() != nil && len(m.GetHistogram().GetDataPoints()) == 0
				})
			}
		}
	}
}

// changePointAttributes returns a [Mutant.Metrics] that changes the attributes of each data
// point of http.server.active_requests and http.server.request.duration.
func changePointAttributes(change func([]*commonpb.KeyValue) []*commonpb.KeyValue) func(*collectormetrics.ExportMetricsServiceRequest) {
	active := changeMetrics("http.server.active_requests", func(m *metricspb.Metric) {
		for _, point := range m.GetSum().GetDataPoints() {
			point.Attributes = change(point.GetAttributes())
		}
	})
	times := changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) { point.Attributes = change(point.GetAttributes()) })
	return func(r *collectormetrics.ExportMetricsServiceRequest) {
		active(r)
		times(r)
	}
}

// makeExponential converts a histogram to an exponential histogram, with all values in one
// bucket.
func makeExponential(m *metricspb.Metric) {
	explicit := m.GetHistogram()
	exponential := &metricspb.ExponentialHistogram{AggregationTemporality: explicit.GetAggregationTemporality()}
	for _, point := range explicit.GetDataPoints() {
		sum := point.GetSum()
		exponential.DataPoints = append(exponential.DataPoints, &metricspb.ExponentialHistogramDataPoint{
			Attributes: point.GetAttributes(), StartTimeUnixNano: point.GetStartTimeUnixNano(), TimeUnixNano: point.GetTimeUnixNano(),
			Count: point.GetCount(), Sum: &sum, Exemplars: point.GetExemplars(),
			Scale: -10, Positive: &metricspb.ExponentialHistogramDataPoint_Buckets{Offset: -1, BucketCounts: []uint64{point.GetCount()}},
		})
	}
	m.Data = &metricspb.Metric_ExponentialHistogram{ExponentialHistogram: exponential}
}

// addApplicationMetric adds a metric of the application that counts every request, including
// excluded requests.
func addApplicationMetric(r *collectormetrics.ExportMetricsServiceRequest) {
	for _, resource := range r.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			scope.Metrics = append(scope.Metrics, &metricspb.Metric{Name: "example.requests", Data: &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{
				DataPoints: []*metricspb.NumberDataPoint{{
					TimeUnixNano: uint64(time.Now().UnixNano()), Value: &metricspb.NumberDataPoint_AsInt{AsInt: time.Now().UnixMilli()},
				}},
			}}})
		}
	}
}
