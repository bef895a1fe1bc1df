package pipeline

import (
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// TestHalvesKeepEveryPoint divides metrics of every type until each part has
// one data point.
func TestHalvesKeepEveryPoint(t *testing.T) {
	three := func(data metricdata.Aggregation) metricdata.Metrics {
		return metricdata.Metrics{Name: fmt.Sprintf("%T", data), Data: data}
	}
	data := &metricdata.ResourceMetrics{ScopeMetrics: []metricdata.ScopeMetrics{
		{Metrics: []metricdata.Metrics{
			three(metricdata.Gauge[int64]{DataPoints: make([]metricdata.DataPoint[int64], 3)}),
			three(metricdata.Gauge[float64]{DataPoints: make([]metricdata.DataPoint[float64], 3)}),
			three(metricdata.Sum[int64]{IsMonotonic: true, DataPoints: make([]metricdata.DataPoint[int64], 3)}),
		}},
		{},
		{Metrics: []metricdata.Metrics{
			three(metricdata.Sum[float64]{DataPoints: make([]metricdata.DataPoint[float64], 3)}),
			three(metricdata.Histogram[int64]{DataPoints: make([]metricdata.HistogramDataPoint[int64], 3)}),
			three(metricdata.Histogram[float64]{DataPoints: make([]metricdata.HistogramDataPoint[float64], 3)}),
			three(metricdata.ExponentialHistogram[int64]{DataPoints: make([]metricdata.ExponentialHistogramDataPoint[int64], 3)}),
			three(metricdata.ExponentialHistogram[float64]{DataPoints: make([]metricdata.ExponentialHistogramDataPoint[float64], 3)}),
			three(metricdata.Summary{DataPoints: make([]metricdata.SummaryDataPoint, 3)}),
			{Name: "nothing"},
		}},
	}}
	found := make(map[string]uint64)
	var parts func(*metricdata.ResourceMetrics)
	parts = func(part *metricdata.ResourceMetrics) {
		first, second := splitInHalf(part)
		if second != nil {
			parts(first)
			parts(second)
			return
		}
		if len(part.ScopeMetrics) != 1 || len(part.ScopeMetrics[0].Metrics) != 1 || countPoints(part) > 1 {
			t.Errorf("got a part of %+v, want one point", part)
			return
		}
		found[part.ScopeMetrics[0].Metrics[0].Name] += countPoints(part)
	}
	parts(data)
	for _, scoped := range data.ScopeMetrics {
		for _, m := range scoped.Metrics {
			if found[m.Name] != uint64(countDataPoints(m.Data)) {
				t.Errorf("%s: got %d points, want %d", m.Name, found[m.Name], countDataPoints(m.Data))
			}
		}
	}
}
