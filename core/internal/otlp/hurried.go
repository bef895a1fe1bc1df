package otlp

import (
	"context"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/hedge"
)

// These exporters limit the pauses between attempts during a shutdown.

type hurriedSpans struct {
	sdktrace.SpanExporter
	urgency *hedge.Urgency
}

// ExportSpans sends the spans.
func (e hurriedSpans) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	return e.urgency.Export(ctx, func(ctx context.Context) error { return e.SpanExporter.ExportSpans(ctx, spans) })
}

type hurriedMetrics struct {
	sdkmetric.Exporter
	urgency *hedge.Urgency
}

// Export sends the metrics.
func (e hurriedMetrics) Export(ctx context.Context, data *metricdata.ResourceMetrics) error {
	return e.urgency.Export(ctx, func(ctx context.Context) error { return e.Exporter.Export(ctx, data) })
}

type hurriedLogs struct {
	sdklog.Exporter
	urgency *hedge.Urgency
}

// Export sends the records.
func (e hurriedLogs) Export(ctx context.Context, records []sdklog.Record) error {
	return e.urgency.Export(ctx, func(ctx context.Context) error { return e.Exporter.Export(ctx, records) })
}
