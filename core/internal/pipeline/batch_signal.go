package pipeline

import (
	"context"
	"time"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/settings"
)

// spanBatches is the batch processor of spans.
type spanBatches struct {
	*Batches[sdktrace.ReadOnlySpan]
}

func newSpanBatches(exporter sdktrace.SpanExporter, how settings.BatchConfig) *spanBatches {
	return &spanBatches{NewBatches(how, exporter.ExportSpans, exporter.Shutdown)}
}

// OnStart does nothing.
func (b *spanBatches) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd queues the span. The caller enforces the queue limit.
func (b *spanBatches) OnEnd(span sdktrace.ReadOnlySpan) { b.Add(span) }

// logBatches is the batch processor of log records.
type logBatches struct {
	*Batches[sdklog.Record]
}

// NewLogBatches returns this package's batch processor of log records.
func NewLogBatches(exporter sdklog.Exporter, how settings.BatchConfig) sdklog.Processor {
	return &logBatches{NewBatches(how, exporter.Export, exporter.Shutdown)}
}

// Enabled returns true: every record is exported.
func (b *logBatches) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }

// OnEmit queues a copy of the record, since later processors may change it. The
// caller enforces the queue limit.
func (b *logBatches) OnEmit(_ context.Context, record *sdklog.Record) error {
	b.Add(record.Clone())
	return nil
}

// Slack is the extra capacity of the SDK's span queue for the marker that a flush adds to
// the queue.
const Slack = 16

// minInterval replaces a delay of 0, which the SDK's processors do not
// support.
const minInterval = time.Millisecond

// BatchSpans returns the batch processor of spans: the SDK's own if its
// experimental metrics are enabled.
func BatchSpans(exporter sdktrace.SpanExporter, how settings.BatchConfig) sdktrace.SpanProcessor {
	if !account.ExperimentalMetrics() {
		return newSpanBatches(exporter, how)
	}
	return sdktrace.NewBatchSpanProcessor(exporter,
		sdktrace.WithMaxQueueSize(how.QueueSize+Slack),
		sdktrace.WithMaxExportBatchSize(how.BatchSize),
		sdktrace.WithBatchTimeout(max(how.Delay, minInterval)),
		sdktrace.WithExportTimeout(how.ExportTimeout),
	)
}

// BatchLogs returns the batch processor of log records: the SDK's own if its experimental
// metrics are enabled.
func BatchLogs(exporter sdklog.Exporter, how settings.BatchConfig) sdklog.Processor {
	if !account.ExperimentalMetrics() {
		return NewLogBatches(exporter, how)
	}
	return sdklog.NewBatchProcessor(exporter,
		sdklog.WithMaxQueueSize(how.QueueSize),
		sdklog.WithExportMaxBatchSize(how.BatchSize),
		sdklog.WithExportInterval(max(how.Delay, minInterval)),
		sdklog.WithExportTimeout(how.ExportTimeout),
	)
}
