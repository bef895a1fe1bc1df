package core

import (
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// mendMetrics mends every string of what was collected, in place: the reader
// fills it anew with every collection.
func mendMetrics(data *metricdata.ResourceMetrics) {
	for i := range data.ScopeMetrics {
		scoped := &data.ScopeMetrics[i]
		scoped.Scope, _ = mendScope(scoped.Scope)
		for j := range scoped.Metrics {
			metric := &scoped.Metrics[j]
			metric.Name, _ = mendString(metric.Name)
			metric.Description, _ = mendString(metric.Description)
			metric.Unit, _ = mendString(metric.Unit)
			mendAggregation(metric.Data)
		}
	}
}

func mendAggregation(data metricdata.Aggregation) {
	switch data := data.(type) {
	case metricdata.Gauge[int64]:
		mendPoints(data.DataPoints)
	case metricdata.Gauge[float64]:
		mendPoints(data.DataPoints)
	case metricdata.Sum[int64]:
		mendPoints(data.DataPoints)
	case metricdata.Sum[float64]:
		mendPoints(data.DataPoints)
	case metricdata.Histogram[int64]:
		mendHistogram(data.DataPoints)
	case metricdata.Histogram[float64]:
		mendHistogram(data.DataPoints)
	case metricdata.ExponentialHistogram[int64]:
		mendExponential(data.DataPoints)
	case metricdata.ExponentialHistogram[float64]:
		mendExponential(data.DataPoints)
	case metricdata.Summary:
		for i := range data.DataPoints {
			data.DataPoints[i].Attributes, _ = mendSet(data.DataPoints[i].Attributes)
		}
	}
}

func mendPoints[N int64 | float64](points []metricdata.DataPoint[N]) {
	for i := range points {
		points[i].Attributes, _ = mendSet(points[i].Attributes)
		mendExemplars(points[i].Exemplars)
	}
}

func mendHistogram[N int64 | float64](points []metricdata.HistogramDataPoint[N]) {
	for i := range points {
		points[i].Attributes, _ = mendSet(points[i].Attributes)
		mendExemplars(points[i].Exemplars)
	}
}

func mendExponential[N int64 | float64](points []metricdata.ExponentialHistogramDataPoint[N]) {
	for i := range points {
		points[i].Attributes, _ = mendSet(points[i].Attributes)
		mendExemplars(points[i].Exemplars)
	}
}

func mendExemplars[N int64 | float64](exemplars []metricdata.Exemplar[N]) {
	for i := range exemplars {
		exemplars[i].FilteredAttributes, _ = mendAttributes(exemplars[i].FilteredAttributes)
	}
}
