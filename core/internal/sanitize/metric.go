package sanitize

import (
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// Metrics sanitizes every string of data in place. It may modify data because the reader
// fills data again at each collection.
func Metrics(data *metricdata.ResourceMetrics) {
	for i := range data.ScopeMetrics {
		scoped := &data.ScopeMetrics[i]
		scoped.Scope, _ = sanitizeScope(scoped.Scope)
		for j := range scoped.Metrics {
			metric := &scoped.Metrics[j]
			metric.Name, _ = String(metric.Name)
			metric.Description, _ = String(metric.Description)
			metric.Unit, _ = String(metric.Unit)
			sanitizeAggregation(metric.Data)
		}
	}
}

// sanitizeAggregation sanitizes the data points of data in place.
func sanitizeAggregation(data metricdata.Aggregation) {
	switch data := data.(type) {
	case metricdata.Gauge[int64]:
		sanitizePoints(data.DataPoints)
	case metricdata.Gauge[float64]:
		sanitizePoints(data.DataPoints)
	case metricdata.Sum[int64]:
		sanitizePoints(data.DataPoints)
	case metricdata.Sum[float64]:
		sanitizePoints(data.DataPoints)
	case metricdata.Histogram[int64]:
		sanitizeHistogram(data.DataPoints)
	case metricdata.Histogram[float64]:
		sanitizeHistogram(data.DataPoints)
	case metricdata.ExponentialHistogram[int64]:
		sanitizeExponentialHistogram(data.DataPoints)
	case metricdata.ExponentialHistogram[float64]:
		sanitizeExponentialHistogram(data.DataPoints)
	case metricdata.Summary:
		for i := range data.DataPoints {
			data.DataPoints[i].Attributes, _ = sanitizeSet(data.DataPoints[i].Attributes)
		}
	}
}

func sanitizePoints[N int64 | float64](points []metricdata.DataPoint[N]) {
	for i := range points {
		points[i].Attributes, _ = sanitizeSet(points[i].Attributes)
		sanitizeExemplars(points[i].Exemplars)
	}
}

func sanitizeHistogram[N int64 | float64](points []metricdata.HistogramDataPoint[N]) {
	for i := range points {
		points[i].Attributes, _ = sanitizeSet(points[i].Attributes)
		sanitizeExemplars(points[i].Exemplars)
	}
}

func sanitizeExponentialHistogram[N int64 | float64](points []metricdata.ExponentialHistogramDataPoint[N]) {
	for i := range points {
		points[i].Attributes, _ = sanitizeSet(points[i].Attributes)
		sanitizeExemplars(points[i].Exemplars)
	}
}

func sanitizeExemplars[N int64 | float64](exemplars []metricdata.Exemplar[N]) {
	for i := range exemplars {
		exemplars[i].FilteredAttributes, _ = Attributes(exemplars[i].FilteredAttributes)
	}
}
