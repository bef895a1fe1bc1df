package mutant

import (
	"net/http"
	"os"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"
)

const (
	duration     = "http.server.request.duration"
	requestSize  = "http.server.request.body.size"
	responseSize = "http.server.response.body.size"
)

var metricMutants = []Mutant{
	{
		Name: "has-boundaries-of-its-own", Breaks: []string{"metric/duration"},
		Metrics: histograms(duration, func(point *metricspb.HistogramDataPoint) {
			point.ExplicitBounds, point.BucketCounts = []float64{1}, []uint64{point.GetCount(), 0}
		}),
	},
	{
		Name: "measures-in-milliseconds", Breaks: []string{"metric/duration"},
		Metrics: metrics(duration, func(m *metricspb.Metric) {
			m.Unit = "ms"
			for _, point := range m.GetHistogram().GetDataPoints() {
				*point.Sum *= 1000
			}
		}),
	},
	{
		// A stream takes 40 ms after its head.
		Name: "measures-up-to-the-head", Breaks: []string{"metric/duration"},
		Metrics: histograms(duration, func(point *metricspb.HistogramDataPoint) {
			if attribute(point.GetAttributes(), "http.route") == "/stream" {
				*point.Sum -= 0.04 * float64(point.GetCount())
			}
		}),
	},
	{
		Name: "counts-no-active-request", Breaks: []string{"metric/active"},
		Metrics: metrics("http.server.active_requests", func(m *metricspb.Metric) {
			for _, point := range m.GetSum().GetDataPoints() {
				point.Value = &metricspb.NumberDataPoint_AsInt{}
			}
		}),
	},
	{
		Name: "measures-half-a-body", Breaks: []string{"metric/body-size"},
		Metrics: histograms(responseSize, func(point *metricspb.HistogramDataPoint) { *point.Sum /= 2 }),
	},
	{
		Name: "measures-what-is-sampled", Breaks: []string{"metric/unsampled"},
		// 208 is the status for the check's unsampled callers.
		Metrics: histograms(duration, func(point *metricspb.HistogramDataPoint) {
			if integer(point.GetAttributes(), "http.response.status_code") == http.StatusAlreadyReported {
				point.Count, *point.Sum = 0, 0
			}
		}),
	},
	{
		Name: "does-not-measure-under-a-span", Breaks: []string{"metric/unsampled"},
		Metrics: histograms(duration, func(point *metricspb.HistogramDataPoint) {
			if os.Getenv("SAMESPAN_OUTSIDE") != "" && integer(point.GetAttributes(), "http.response.status_code") == http.StatusIMUsed {
				point.Count, *point.Sum = 0, 0
			}
		}),
	},
	{
		Name: "tells-whose-host-it-was", Breaks: []string{"metric/duration"},
		Metrics: histograms(duration, func(point *metricspb.HistogramDataPoint) {
			point.Attributes = withAttribute(point.GetAttributes(), "server.address", "localhost")
		}),
	},
	{
		Name: "takes-every-protocol-for-HTTP/2", Breaks: []string{"metric/duration"},
		Metrics: histograms(duration, func(point *metricspb.HistogramDataPoint) {
			point.Attributes = withAttribute(point.GetAttributes(), "network.protocol.version", "2")
		}),
	},
	{
		Name: "makes-a-series-for-each-host", Breaks: []string{"metric/cardinality"},
		Metrics: metrics(duration, func(m *metricspb.Metric) {
			for _, point := range m.GetHistogram().GetDataPoints() {
				if point.GetCount() < 1000 || integer(point.GetAttributes(), "http.response.status_code") != 201 {
					continue
				}
				host := proto.CloneOf(point)
				host.Attributes = withAttribute(host.GetAttributes(), "server.address", "one.example.com")
				m.GetHistogram().DataPoints = append(m.GetHistogram().DataPoints, host)
			}
		}),
	},
	{
		Name: "measures-no-failure", Breaks: []string{"metric/error"},
		Metrics: histograms(duration, func(point *metricspb.HistogramDataPoint) {
			if attribute(point.GetAttributes(), "error.type") == "503" {
				point.Attributes = withoutAttribute(point.GetAttributes(), "error.type")
			}
		}),
	},
	{
		Name: "gives-no-example", Breaks: []string{"metric/exemplar"},
		Metrics: histograms(duration, func(point *metricspb.HistogramDataPoint) { point.Exemplars = nil }),
	},
	{
		Name: "measures-although-it-is-off", Breaks: []string{"metric/off"},
		Env: []string{"OTEL_METRICS_EXPORTER=otlp"},
	},
}

// integer returns the value of an integer attribute, or 0.
func integer(attributes []*commonpb.KeyValue, key string) int64 {
	for _, a := range attributes {
		if a.GetKey() == key {
			return a.GetValue().GetIntValue()
		}
	}
	return 0
}
