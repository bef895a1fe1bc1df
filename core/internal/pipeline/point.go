package pipeline

import "go.opentelemetry.io/otel/sdk/metric/metricdata"

// countPoints returns the number of data points.
func countPoints(data *metricdata.ResourceMetrics) (n uint64) {
	for _, scoped := range data.ScopeMetrics {
		for _, metric := range scoped.Metrics {
			n += uint64(countMetricPoints(metric.Data))
		}
	}
	return n
}

// countMetricPoints returns the number of data points of one metric, or 0 if the type of
// data is unknown.
func countMetricPoints(data metricdata.Aggregation) int {
	switch data := data.(type) {
	case metricdata.Gauge[int64]:
		return len(data.DataPoints)
	case metricdata.Gauge[float64]:
		return len(data.DataPoints)
	case metricdata.Sum[int64]:
		return len(data.DataPoints)
	case metricdata.Sum[float64]:
		return len(data.DataPoints)
	case metricdata.Histogram[int64]:
		return len(data.DataPoints)
	case metricdata.Histogram[float64]:
		return len(data.DataPoints)
	case metricdata.ExponentialHistogram[int64]:
		return len(data.DataPoints)
	case metricdata.ExponentialHistogram[float64]:
		return len(data.DataPoints)
	case metricdata.Summary:
		return len(data.DataPoints)
	}
	return 0
}
