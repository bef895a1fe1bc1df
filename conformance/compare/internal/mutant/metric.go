package mutant

import (
	"net/http"
	"os"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"
)

const (
	activeMetric       = "http.server.active_requests"
	durationMetric     = "http.server.request.duration"
	requestSizeMetric  = "http.server.request.body.size"
	responseSizeMetric = "http.server.response.body.size"
)

// metricMutants are the mutants that break the checks metric/*.
var metricMutants = []Mutant{
	{
		Name: "has-boundaries-of-its-own", Breaks: []string{"metric/duration"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			point.ExplicitBounds, point.BucketCounts = []float64{1}, []uint64{point.GetCount(), 0}
		}),
	},
	{
		Name: "measures-in-milliseconds", Breaks: []string{"metric/duration"},
		Metrics: changeMetrics(durationMetric, func(m *metricspb.Metric) {
			m.Unit = "ms"
			for _, point := range m.GetHistogram().GetDataPoints() {
				*point.Sum *= 1000
			}
		}),
	},
	{
		// The service sends the end of a stream 40 ms after the response header. The mutant
		// subtracts this time.
		Name: "measures-up-to-the-head", Breaks: []string{"metric/duration"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			if stringAttribute(point.GetAttributes(), "http.route") == "/stream" {
				*point.Sum -= 0.04 * float64(point.GetCount())
			}
		}),
	},
	{
		Name: "counts-no-active-request", Breaks: []string{"metric/active"},
		Metrics: changeMetrics("http.server.active_requests", func(m *metricspb.Metric) {
			for _, point := range m.GetSum().GetDataPoints() {
				point.Value = &metricspb.NumberDataPoint_AsInt{}
			}
		}),
	},
	{
		Name: "decrements-another-series", Breaks: []string{"metric/active", "metric/cardinality"},
		Metrics: changeMetrics(activeMetric, func(m *metricspb.Metric) {
			for value, version := range map[int64]string{1: "1.0", -1: "1.1"} {
				point := proto.CloneOf(m.GetSum().GetDataPoints()[0])
				point.Attributes = withAttribute(point.GetAttributes(), "network.protocol.version", version)
				point.Value = &metricspb.NumberDataPoint_AsInt{AsInt: value}
				m.GetSum().DataPoints = append(m.GetSum().DataPoints, point)
			}
		}),
	},
	{
		Name: "counts-active-requests-without-a-unit", Breaks: []string{"metric/active"},
		Metrics: changeMetrics(activeMetric, func(m *metricspb.Metric) { m.Unit = "1" }),
	},
	{
		Name: "has-a-gauge-of-active-requests", Breaks: []string{"metric/active"},
		Metrics: changeMetrics(activeMetric, func(m *metricspb.Metric) {
			m.Data = &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: m.GetSum().GetDataPoints()}}
		}),
	},
	{
		Name: "counts-active-requests-without-their-scheme", Breaks: []string{"metric/active"},
		Metrics: changeMetrics(activeMetric, func(m *metricspb.Metric) {
			for _, point := range m.GetSum().GetDataPoints() {
				point.Attributes = withoutAttribute(point.GetAttributes(), "url.scheme")
			}
		}),
	},
	{
		Name: "measures-half-a-body", Breaks: []string{"metric/body-size"},
		Metrics: changeHistogramPoints(responseSizeMetric, func(point *metricspb.HistogramDataPoint) { *point.Sum /= 2 }),
	},
	{
		Name: "measures-what-is-sampled", Breaks: []string{"metric/unsampled"},
		// 208 is the status that the check uses for unsampled callers.
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			if integerAttribute(point.GetAttributes(), "http.response.status_code") == http.StatusAlreadyReported {
				point.Count, *point.Sum = 0, 0
			}
		}),
	},
	{
		Name: "does-not-measure-under-a-span", Breaks: []string{"metric/unsampled"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			if os.Getenv("SAMESPAN_OUTSIDE") != "" && integerAttribute(point.GetAttributes(), "http.response.status_code") == http.StatusIMUsed {
				point.Count, *point.Sum = 0, 0
			}
		}),
	},
	{
		Name: "tells-whose-host-it-was", Breaks: []string{"metric/duration"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			point.Attributes = withAttribute(point.GetAttributes(), "server.address", "localhost")
		}),
	},
	{
		Name: "takes-every-protocol-for-HTTP/2", Breaks: []string{"metric/duration"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			point.Attributes = withAttribute(point.GetAttributes(), "network.protocol.version", "2")
		}),
	},
	{
		Name: "makes-a-series-for-each-host", Breaks: []string{"metric/cardinality"},
		Metrics: changeMetrics(durationMetric, func(m *metricspb.Metric) {
			for _, point := range m.GetHistogram().GetDataPoints() {
				if point.GetCount() < 1000 || integerAttribute(point.GetAttributes(), "http.response.status_code") != 201 {
					continue
				}
				host := proto.CloneOf(point)
				host.Attributes = withAttribute(host.GetAttributes(), "server.address", "one.example.com")
				m.GetHistogram().DataPoints = append(m.GetHistogram().DataPoints, host)
			}
		}),
	},
	{
		Name: "makes-a-series-for-each-client", Breaks: []string{"metric/cardinality"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			point.Attributes = withAttribute(point.GetAttributes(), "client.address", "127.0.0.1")
		}),
	},
	{
		Name: "measures-a-panic-by-its-message", Breaks: []string{"metric/error"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			if stringAttribute(point.GetAttributes(), "http.route") == "/panic" {
				point.Attributes = withAttribute(point.GetAttributes(), "error.type", "reference panic")
			}
		}),
	},
	{
		Name: "measures-no-failure", Breaks: []string{"metric/error"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			if stringAttribute(point.GetAttributes(), "error.type") == "503" {
				point.Attributes = withoutAttribute(point.GetAttributes(), "error.type")
			}
		}),
	},
	{
		Name: "gives-no-example", Breaks: []string{"metric/exemplar"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) { point.Exemplars = nil }),
	},
	{
		Name: "measures-although-it-is-off", Breaks: []string{"metric/off"},
		Env: []string{"OTEL_METRICS_EXPORTER=otlp"},
	},
}

// integerAttribute returns the value of an integer attribute, or 0.
func integerAttribute(attributes []*commonpb.KeyValue, key string) int64 {
	for _, a := range attributes {
		if a.GetKey() == key {
			return a.GetValue().GetIntValue()
		}
	}
	return 0
}
