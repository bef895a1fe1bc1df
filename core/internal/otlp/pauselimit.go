package otlp

import (
	"context"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/hedge"
)

// pauseLimitingSpanExporter is a span exporter that limits the pauses between attempts
// during a shutdown.
type pauseLimitingSpanExporter struct {
	sdktrace.SpanExporter
	urgency *hedge.Urgency
}

// ExportSpans sends the spans.
func (e pauseLimitingSpanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	return hedge.Export(ctx, e.urgency, func(ctx context.Context) error { return e.SpanExporter.ExportSpans(ctx, spans) })
}

// pauseLimitingMetricExporter is a metric exporter that limits the pauses between attempts
// during a shutdown.
type pauseLimitingMetricExporter struct {
	sdkmetric.Exporter
	urgency *hedge.Urgency
}

// Export sends the metrics.
func (e pauseLimitingMetricExporter) Export(ctx context.Context, data *metricdata.ResourceMetrics) error {
	return hedge.Export(ctx, e.urgency, func(ctx context.Context) error { return e.Exporter.Export(ctx, data) })
}

// pauseLimitingLogExporter is a log exporter that limits the pauses between attempts during
// a shutdown.
type pauseLimitingLogExporter struct {
	sdklog.Exporter
	urgency *hedge.Urgency
}

// Export sends the records.
func (e pauseLimitingLogExporter) Export(ctx context.Context, records []sdklog.Record) error {
	return hedge.Export(ctx, e.urgency, func(ctx context.Context) error { return e.Exporter.Export(ctx, records) })
}
