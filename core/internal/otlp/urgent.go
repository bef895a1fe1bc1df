package otlp

import (
	"context"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/hedge"
)

// urgentSpanExporter is a span exporter that limits the pauses between attempts during a
// shutdown.
type urgentSpanExporter struct {
	sdktrace.SpanExporter
	urgency *hedge.Urgency
}

// ExportSpans sends the spans.
func (e urgentSpanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	return e.urgency.Export(ctx, func(ctx context.Context) error { return e.SpanExporter.ExportSpans(ctx, spans) })
}

// urgentMetricExporter is [urgentSpanExporter] for metrics.
type urgentMetricExporter struct {
	sdkmetric.Exporter
	urgency *hedge.Urgency
}

// Export sends the metrics.
func (e urgentMetricExporter) Export(ctx context.Context, data *metricdata.ResourceMetrics) error {
	return e.urgency.Export(ctx, func(ctx context.Context) error { return e.Exporter.Export(ctx, data) })
}

// urgentLogExporter is [urgentSpanExporter] for log records.
type urgentLogExporter struct {
	sdklog.Exporter
	urgency *hedge.Urgency
}

// Export sends the records.
func (e urgentLogExporter) Export(ctx context.Context, records []sdklog.Record) error {
	return e.urgency.Export(ctx, func(ctx context.Context) error { return e.Exporter.Export(ctx, records) })
}
