package pipeline

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
)

// exportDivided exports items. If they are too large for one message, it exports each
// half recursively, so that an item is lost only if that item alone is too large. n is
// the number of items whose outcome it counts. n is less than len(items) if a shutdown
// has already counted some of the items as lost.
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

// exportDivided exports metrics. If they are too large for one message, it exports each
// half recursively. It counts the outcomes of the data points.
func (e *MetricExporter) exportDivided(ctx context.Context, data *metricdata.ResourceMetrics) error {
	err := context.Cause(ctx)
	if err == nil {
		err = e.Run(func() error { return e.Exporter.Export(ctx, data) })
	}
	if e.Destination.IsTooLarge(err) {
		if first, second := splitInHalf(data); second != nil {
			return joinOutcomes(e.exportDivided(ctx, first), e.exportDivided(ctx, second))
		}
	}
	e.Points.Settle(e.Destination, countPoints(data), err)
	if err != nil {
		_, err = e.Destination.Diagnose(err) // add the reason now, before the next part overwrites it
	}
	return err
}

// joinOutcomes joins the errors of two parts of an export. If either part has failed, the
// result is a failure, even if the error of the other part is a partial success.
func joinOutcomes(first, second error) error {
	if isFailure(first) || isFailure(second) {
		first, second = partialSuccessAsFailure(first), partialSuccessAsFailure(second)
	}
	return errors.Join(first, second)
}

// isFailure reports whether err is neither nil nor a partial success.
func isFailure(err error) bool {
	_, partial := exporterror.RejectionOf(err)
	return err != nil && !partial
}

// partialSuccessAsFailure returns err. It converts a partial success to an error with the same
// text that is no partial success.
func partialSuccessAsFailure(err error) error {
	if partial, ok := exporterror.RejectionOf(err); ok {
		return partial.Err("data point")
	}
	return err
}

// splitInHalf divides the metrics of data into two halves. If there is only one metric, it
// divides the data points of that metric. The result second is nil if there is only one
// data point.
func splitInHalf(data *metricdata.ResourceMetrics) (first, second *metricdata.ResourceMetrics) {
	metrics := 0
	var metric metricdata.Metrics
	for _, scoped := range data.ScopeMetrics {
		metrics += len(scoped.Metrics)
		if len(scoped.Metrics) > 0 {
			metric = scoped.Metrics[0]
		}
	}
	if metrics > 1 {
		return metricRange(data, 0, metrics/2), metricRange(data, metrics/2, metrics)
	}
	a, b := splitPoints(metric.Data)
	if b == nil {
		return data, nil
	}
	firstHalf, secondHalf := metric, metric
	firstHalf.Data, secondHalf.Data = a, b
	return withSingleMetric(data, firstHalf), withSingleMetric(data, secondHalf)
}

// metricRange returns the metrics with the indexes from start to end-1. Indexes count over
// all scopes.
func metricRange(data *metricdata.ResourceMetrics, start, end int) *metricdata.ResourceMetrics {
	selected := &metricdata.ResourceMetrics{Resource: data.Resource}
	for _, scoped := range data.ScopeMetrics {
		n := len(scoped.Metrics)
		low, high := min(max(start, 0), n), min(max(end, 0), n)
		if low < high {
			selected.ScopeMetrics = append(selected.ScopeMetrics, metricdata.ScopeMetrics{Scope: scoped.Scope, Metrics: scoped.Metrics[low:high]})
		}
		start, end = start-n, end-n
	}
	return selected
}

// withSingleMetric returns a copy of data with its only metric replaced by metric.
func withSingleMetric(data *metricdata.ResourceMetrics, metric metricdata.Metrics) *metricdata.ResourceMetrics {
	single := &metricdata.ResourceMetrics{Resource: data.Resource}
	for _, scoped := range data.ScopeMetrics {
		if len(scoped.Metrics) > 0 {
			single.ScopeMetrics = append(single.ScopeMetrics, metricdata.ScopeMetrics{Scope: scoped.Scope, Metrics: []metricdata.Metrics{metric}})
		}
	}
	return single
}

// splitPoints returns the two halves of the data points. The result second is nil if there
// are fewer than two data points, or if the type of data is unknown.
func splitPoints(data metricdata.Aggregation) (first, second metricdata.Aggregation) {
	half := countMetricPoints(data) / 2
	if half == 0 {
		return data, nil
	}
	switch data := data.(type) {
	case metricdata.Gauge[int64]:
		second := data
		data.DataPoints, second.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, second
	case metricdata.Gauge[float64]:
		second := data
		data.DataPoints, second.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, second
	case metricdata.Sum[int64]:
		second := data
		data.DataPoints, second.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, second
	case metricdata.Sum[float64]:
		second := data
		data.DataPoints, second.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, second
	case metricdata.Histogram[int64]:
		second := data
		data.DataPoints, second.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, second
	case metricdata.Histogram[float64]:
		second := data
		data.DataPoints, second.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, second
	case metricdata.ExponentialHistogram[int64]:
		second := data
		data.DataPoints, second.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, second
	case metricdata.ExponentialHistogram[float64]:
		second := data
		data.DataPoints, second.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, second
	case metricdata.Summary:
		second := data
		data.DataPoints, second.DataPoints = data.DataPoints[:half], data.DataPoints[half:]
		return data, second
	}
	return data, nil
}
