package pipeline

import (
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// TestDividingKeepsEveryDataPoint proves that no data point is lost when metrics of every
// type are divided until each part has one data point.
func TestDividingKeepsEveryDataPoint(t *testing.T) {
	newMetric := func(data metricdata.Aggregation) metricdata.Metrics {
		return metricdata.Metrics{Name: fmt.Sprintf("%T", data), Data: data}
	}
	data := &metricdata.ResourceMetrics{ScopeMetrics: []metricdata.ScopeMetrics{
		{Metrics: []metricdata.Metrics{
			newMetric(metricdata.Gauge[int64]{DataPoints: make([]metricdata.DataPoint[int64], 3)}),
			newMetric(metricdata.Gauge[float64]{DataPoints: make([]metricdata.DataPoint[float64], 3)}),
			newMetric(metricdata.Sum[int64]{IsMonotonic: true, DataPoints: make([]metricdata.DataPoint[int64], 3)}),
		}},
		{},
		{Metrics: []metricdata.Metrics{
			newMetric(metricdata.Sum[float64]{DataPoints: make([]metricdata.DataPoint[float64], 3)}),
			newMetric(metricdata.Histogram[int64]{DataPoints: make([]metricdata.HistogramDataPoint[int64], 3)}),
			newMetric(metricdata.Histogram[float64]{DataPoints: make([]metricdata.HistogramDataPoint[float64], 3)}),
			newMetric(metricdata.ExponentialHistogram[int64]{DataPoints: make([]metricdata.ExponentialHistogramDataPoint[int64], 3)}),
			newMetric(metricdata.ExponentialHistogram[float64]{DataPoints: make([]metricdata.ExponentialHistogramDataPoint[float64], 3)}),
			newMetric(metricdata.Summary{DataPoints: make([]metricdata.SummaryDataPoint, 3)}),
			{Name: "nothing"},
		}},
	}}
	found := make(map[string]uint64)
	var splitFully func(*metricdata.ResourceMetrics)
	splitFully = func(part *metricdata.ResourceMetrics) {
		first, second := splitInHalf(part)
		if second != nil {
			splitFully(first)
			splitFully(second)
			return
		}
		if len(part.ScopeMetrics) != 1 || len(part.ScopeMetrics[0].Metrics) != 1 || countPoints(part) > 1 {
			t.Errorf("got a part of %+v, want one point", part)
			return
		}
		found[part.ScopeMetrics[0].Metrics[0].Name] += countPoints(part)
	}
	splitFully(data)
	for _, scoped := range data.ScopeMetrics {
		for _, m := range scoped.Metrics {
			if found[m.Name] != uint64(countMetricPoints(m.Data)) {
				t.Errorf("%s: got %d points, want %d", m.Name, found[m.Name], countMetricPoints(m.Data))
			}
		}
	}
}
