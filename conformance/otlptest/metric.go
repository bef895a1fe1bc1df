package otlptest

import (
	"fmt"
	"time"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
)

// Metric is a metric in one export.
type Metric struct {
	Origin
	// Proto is the OTLP message, for fields without a method here. It must not be
	// modified.
	Proto *metricspb.Metric
}

// Name is the metric's name.
func (m Metric) Name() string { return m.Proto.GetName() }

// Unit is the metric's unit in UCUM notation.
func (m Metric) Unit() string { return m.Proto.GetUnit() }

// Description is the metric's description.
func (m Metric) Description() string { return m.Proto.GetDescription() }

// Point is a metric point of any type. Sums and gauges have a Value, histograms and
// summaries a Count and a Sum.
type Point struct {
	Origin
	// Metric is the metric's name.
	Metric     string
	Attributes Attributes
	// Delta is set if the point's temporality is delta.
	Delta bool
	// Monotonic is set for a sum that never decreases.
	Monotonic bool
	// Start and Time are the start and the end of the interval that the point covers.
	Start, Time time.Time
	// Value is the value of a sum or gauge.
	Value float64
	// Count and Sum are the count and sum of a histogram or summary.
	Count uint64
	Sum   float64
	// Bounds are a histogram's explicit boundaries. Buckets are the bucket counts, one
	// more than Bounds.
	Bounds  []float64
	Buckets []uint64
	// Exemplars are the point's exemplars. They must not be modified.
	Exemplars []*metricspb.Exemplar
}

// series returns a key that is equal for the points of one series.
func (p Point) series() string {
	return fmt.Sprint(p.Resource, p.Scope, p.Metric, p.Attributes)
}

// Points returns the metric's points in order.
func (m Metric) Points() []Point {
	switch data := m.Proto.GetData().(type) {
	case *metricspb.Metric_Gauge:
		return m.numbers(data.Gauge.GetDataPoints(), Point{})
	case *metricspb.Metric_Sum:
		return m.numbers(data.Sum.GetDataPoints(), Point{
			Delta:     isDelta(data.Sum.GetAggregationTemporality()),
			Monotonic: data.Sum.GetIsMonotonic(),
		})
	case *metricspb.Metric_Histogram:
		return m.histograms(data.Histogram)
	case *metricspb.Metric_ExponentialHistogram:
		return m.exponentialHistograms(data.ExponentialHistogram)
	case *metricspb.Metric_Summary:
		return m.summaries(data.Summary)
	default:
		return nil
	}
}

func (m Metric) numbers(data []*metricspb.NumberDataPoint, like Point) []Point {
	points := make([]Point, 0, len(data))
	for _, each := range data {
		point := m.point(each, like)
		point.Exemplars = each.GetExemplars()
		switch value := each.GetValue().(type) {
		case *metricspb.NumberDataPoint_AsDouble:
			point.Value = value.AsDouble
		case *metricspb.NumberDataPoint_AsInt:
			point.Value = float64(value.AsInt)
		}
		points = append(points, point)
	}
	return points
}

func (m Metric) histograms(histogram *metricspb.Histogram) []Point {
	points := make([]Point, 0, len(histogram.GetDataPoints()))
	for _, each := range histogram.GetDataPoints() {
		point := m.point(each, Point{Delta: isDelta(histogram.GetAggregationTemporality())})
		point.Count, point.Sum = each.GetCount(), each.GetSum()
		point.Bounds, point.Buckets = each.GetExplicitBounds(), each.GetBucketCounts()
		point.Exemplars = each.GetExemplars()
		points = append(points, point)
	}
	return points
}

func (m Metric) exponentialHistograms(histogram *metricspb.ExponentialHistogram) []Point {
	points := make([]Point, 0, len(histogram.GetDataPoints()))
	for _, each := range histogram.GetDataPoints() {
		point := m.point(each, Point{Delta: isDelta(histogram.GetAggregationTemporality())})
		point.Count, point.Sum = each.GetCount(), each.GetSum()
		point.Exemplars = each.GetExemplars()
		points = append(points, point)
	}
	return points
}

func (m Metric) summaries(summary *metricspb.Summary) []Point {
	points := make([]Point, 0, len(summary.GetDataPoints()))
	for _, each := range summary.GetDataPoints() {
		point := m.point(each, Point{})
		point.Count, point.Sum = each.GetCount(), each.GetSum()
		points = append(points, point)
	}
	return points
}

// dataPoint is the interface that all of OTLP's point types implement.
type dataPoint interface {
	GetAttributes() []*commonpb.KeyValue
	GetStartTimeUnixNano() uint64
	GetTimeUnixNano() uint64
}

// point returns like with the fields filled in that every point type has.
func (m Metric) point(data dataPoint, like Point) Point {
	like.Origin, like.Metric = m.Origin, m.Name()
	like.Attributes = newAttributes(data.GetAttributes())
	like.Start, like.Time = unixNano(data.GetStartTimeUnixNano()), unixNano(data.GetTimeUnixNano())
	return like
}

func isDelta(temporality metricspb.AggregationTemporality) bool {
	return temporality == metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
}

func flattenMetrics(request *collectormetrics.ExportMetricsServiceRequest) []Metric {
	var metrics []Metric
	for _, resource := range request.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			origin := newOrigin(resource.GetResource(), resource.GetSchemaUrl(), scope.GetScope(), scope.GetSchemaUrl())
			for _, metric := range scope.GetMetrics() {
				metrics = append(metrics, Metric{Origin: origin, Proto: metric})
			}
		}
	}
	return metrics
}
