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

// seriesKey returns a text that is the same for all points of a series.
func (p Point) seriesKey() string {
	return fmt.Sprint(p.Resource, p.Scope, p.Metric, p.Attributes)
}

// Points returns the metric's points in order.
func (m Metric) Points() []Point {
	switch data := m.Proto.GetData().(type) {
	case *metricspb.Metric_Gauge:
		return m.numberPoints(data.Gauge.GetDataPoints(), Point{})
	case *metricspb.Metric_Sum:
		return m.numberPoints(data.Sum.GetDataPoints(), Point{
			Delta:     isDelta(data.Sum.GetAggregationTemporality()),
			Monotonic: data.Sum.GetIsMonotonic(),
		})
	case *metricspb.Metric_Histogram:
		return m.histogramPoints(data.Histogram)
	case *metricspb.Metric_ExponentialHistogram:
		return m.exponentialHistogramPoints(data.ExponentialHistogram)
	case *metricspb.Metric_Summary:
		return m.summaryPoints(data.Summary)
	default:
		return nil
	}
}

// numberPoints converts the points of a gauge or a sum. p has the fields that all of them
// share.
func (m Metric) numberPoints(data []*metricspb.NumberDataPoint, p Point) []Point {
	points := make([]Point, 0, len(data))
	for _, each := range data {
		point := m.newPoint(each, p)
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

// histogramPoints converts the points of a histogram.
func (m Metric) histogramPoints(histogram *metricspb.Histogram) []Point {
	points := make([]Point, 0, len(histogram.GetDataPoints()))
	for _, each := range histogram.GetDataPoints() {
		point := m.newPoint(each, Point{Delta: isDelta(histogram.GetAggregationTemporality())})
		point.Count, point.Sum = each.GetCount(), each.GetSum()
		point.Bounds, point.Buckets = each.GetExplicitBounds(), each.GetBucketCounts()
		point.Exemplars = each.GetExemplars()
		points = append(points, point)
	}
	return points
}

// exponentialHistogramPoints converts the points of an exponential histogram, without the
// buckets.
func (m Metric) exponentialHistogramPoints(histogram *metricspb.ExponentialHistogram) []Point {
	points := make([]Point, 0, len(histogram.GetDataPoints()))
	for _, each := range histogram.GetDataPoints() {
		point := m.newPoint(each, Point{Delta: isDelta(histogram.GetAggregationTemporality())})
		point.Count, point.Sum = each.GetCount(), each.GetSum()
		point.Exemplars = each.GetExemplars()
		points = append(points, point)
	}
	return points
}

// summaryPoints converts the points of a summary, without the quantiles.
func (m Metric) summaryPoints(summary *metricspb.Summary) []Point {
	points := make([]Point, 0, len(summary.GetDataPoints()))
	for _, each := range summary.GetDataPoints() {
		point := m.newPoint(each, Point{})
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

// newPoint returns a copy of p with the values of data, in those fields that all types of
// points have.
func (m Metric) newPoint(data dataPoint, p Point) Point {
	p.Origin, p.Metric = m.Origin, m.Name()
	p.Attributes = newAttributes(data.GetAttributes())
	p.Start, p.Time = timeFromUnixNano(data.GetStartTimeUnixNano()), timeFromUnixNano(data.GetTimeUnixNano())
	return p
}

func isDelta(temporality metricspb.AggregationTemporality) bool {
	return temporality == metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
}

// flattenMetrics returns the metrics of an export, each with its resource and scope.
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
