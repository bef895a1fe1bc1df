package pipeline

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/samespan/samespan/core/internal/account"
)

// exportDivided exports n items and counts the outcome. If the items are too large for
// one message, it exports each half recursively, so that an item is lost only if it is
// too large by itself.
func exportDivided[T any](ctx context.Context, c *account.Counter, items []T, n uint64, export func([]T) error) error {
	err := context.Cause(ctx)
	if err == nil {
		err = c.Run(func() error { return export(items) })
	}
	if len(items) < 2 || !c.Destination.IsTooLarge(err) {
		return c.Settle(n, err)
	}
	half := len(items) / 2
	first := min(n, uint64(half))
	return errors.Join(
		exportDivided(ctx, c, items[:half], first, export),
		exportDivided(ctx, c, items[half:], n-first, export))
}

// exportDivided exports metrics, in halves if necessary. It counts the data points and
// returns the error.
func (e *MetricExporter) exportDivided(ctx context.Context, data *metricdata.ResourceMetrics) error {
	err := context.Cause(ctx)
	if err == nil {
		err = e.Run(func() error { return e.Exporter.Export(ctx, data) })
	}
	if e.Destination.IsTooLarge(err) {
		if first, second := splitInHalf(data); second != nil {
			return errors.Join(e.exportDivided(ctx, first), e.exportDivided(ctx, second))
		}
	}
	e.Points.Settle(e.Destination, countPoints(data), err)
	return err
}

// splitInHalf divides data between metrics or, if there is only one, between its
// data points. second is nil if there is only one point.
func splitInHalf(data *metricdata.ResourceMetrics) (first, second *metricdata.ResourceMetrics) {
	metrics := 0
	var only metricdata.Metrics
	for _, scoped := range data.ScopeMetrics {
		metrics += len(scoped.Metrics)
		if len(scoped.Metrics) > 0 {
			only = scoped.Metrics[0]
		}
	}
	if metrics > 1 {
		return metricRange(data, 0, metrics/2), metricRange(data, metrics/2, metrics)
	}
	a, b := splitPoints(only.Data)
	if b == nil {
		return data, nil
	}
	one, other := only, only
	one.Data, other.Data = a, b
	return withSingleMetric(data, one), withSingleMetric(data, other)
}

// metricRange returns the metrics with indexes from up to, but not including, to. Indexes
// count over all scopes.
func metricRange(data *metricdata.ResourceMetrics, from, to int) *metricdata.ResourceMetrics {
	part := &metricdata.ResourceMetrics{Resource: data.Resource}
	for _, scoped := range data.ScopeMetrics {
		n := len(scoped.Metrics)
		low, high := min(max(from, 0), n), min(max(to, 0), n)
		if low < high {
			part.ScopeMetrics = append(part.ScopeMetrics, metricdata.ScopeMetrics{Scope: scoped.Scope, Metrics: scoped.Metrics[low:high]})
		}
		from, to = from-n, to-n
	}
	return part
}

// withSingleMetric returns a copy of data, which has only one metric, with metric in its
// place.
func withSingleMetric(data *metricdata.ResourceMetrics, metric metricdata.Metrics) *metricdata.ResourceMetrics {
	part := &metricdata.ResourceMetrics{Resource: data.Resource}
	for _, scoped := range data.ScopeMetrics {
		if len(scoped.Metrics) > 0 {
			part.ScopeMetrics = append(part.ScopeMetrics, metricdata.ScopeMetrics{Scope: scoped.Scope, Metrics: []metricdata.Metrics{metric}})
		}
	}
	return part
}

// splitPoints returns the two halves of the data points. second is nil if there are
// fewer than two, or if the type is unknown.
func splitPoints(data metricdata.Aggregation) (first, second metricdata.Aggregation) {
	half := countDataPoints(data) / 2
	if half == 0 {
		return data, nil
	}
	switch data := data.(type) {
	case metricdata.Gauge[int64]:
		other := data
		data.DataPoints, other.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, other
	case metricdata.Gauge[float64]:
		other := data
		data.DataPoints, other.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, other
	case metricdata.Sum[int64]:
		other := data
		data.DataPoints, other.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, other
	case metricdata.Sum[float64]:
		other := data
		data.DataPoints, other.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, other
	case metricdata.Histogram[int64]:
		other := data
		data.DataPoints, other.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, other
	case metricdata.Histogram[float64]:
		other := data
		data.DataPoints, other.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, other
	case metricdata.ExponentialHistogram[int64]:
		other := data
		data.DataPoints, other.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, other
	case metricdata.ExponentialHistogram[float64]:
		other := data
		data.DataPoints, other.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, other
	case metricdata.Summary:
		other := data
		data.DataPoints, other.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, other
	}
	return data, nil
}
