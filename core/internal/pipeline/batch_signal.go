package pipeline

import (
	"context"
	"errors"
	"time"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/settings"
)

// spanBatchProcessor is the batch processor of spans.
type spanBatchProcessor struct {
	*Batches[sdktrace.ReadOnlySpan]
}

// newSpanBatchProcessor returns this package's batch processor of spans.
func newSpanBatchProcessor(exporter sdktrace.SpanExporter, config settings.BatchConfig) *spanBatchProcessor {
	return &spanBatchProcessor{NewBatches(config, exporter.ExportSpans, exporter.Shutdown)}
}

// OnStart does nothing.
func (b *spanBatchProcessor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd queues the span. The caller enforces the queue limit.
func (b *spanBatchProcessor) OnEnd(span sdktrace.ReadOnlySpan) { b.Add(span) }

// logBatchProcessor is the batch processor of log records.
type logBatchProcessor struct {
	*Batches[sdklog.Record]
	exporter sdklog.Exporter
}

// NewLogBatches returns this package's batch processor of log records. A shutdown flushes
// the exporter before it shuts it down, because the exporter may buffer records.
func NewLogBatches(exporter sdklog.Exporter, config settings.BatchConfig) sdklog.Processor {
	batches := NewBatches(config, exporter.Export, func(ctx context.Context) error {
		return errors.Join(exporter.ForceFlush(ctx), exporter.Shutdown(ctx))
	})
	return &logBatchProcessor{batches, exporter}
}

// ForceFlush exports all queued records and then flushes the exporter, which may take as long
// as an export.
func (b *logBatchProcessor) ForceFlush(ctx context.Context) error {
	err := b.Batches.ForceFlush(ctx)
	if ctx.Err() != nil {
		return err
	}
	if b.ExportTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, b.ExportTimeout, errExportTimeout)
		defer cancel()
	}
	return errors.Join(err, b.exporter.ForceFlush(ctx))
}

// Enabled returns true: every record is exported.
func (b *logBatchProcessor) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }

// OnEmit queues a copy of the record, since later processors may change it. The
// caller enforces the queue limit.
func (b *logBatchProcessor) OnEmit(_ context.Context, record *sdklog.Record) error {
	b.Add(record.Clone())
	return nil
}

// Slack is the extra capacity of the SDK's span queue. The SDK needs it for the marker
// that each flush adds to the queue.
const Slack = 16

// minInterval replaces a delay of 0, which the SDK's processors do not
// support.
const minInterval = time.Millisecond

// BatchSpans returns a batch processor of spans. It is the SDK's processor if the SDK's
// experimental metrics are enabled, and otherwise this package's processor.
func BatchSpans(exporter sdktrace.SpanExporter, config settings.BatchConfig) sdktrace.SpanProcessor {
	if !account.ExperimentalMetrics() {
		return newSpanBatchProcessor(exporter, config)
	}
	return sdktrace.NewBatchSpanProcessor(exporter,
		sdktrace.WithMaxQueueSize(config.QueueSize+Slack),
		sdktrace.WithMaxExportBatchSize(config.BatchSize),
		sdktrace.WithBatchTimeout(max(config.Delay, minInterval)),
		sdktrace.WithExportTimeout(config.ExportTimeout),
	)
}

// BatchLogs returns a batch processor of log records. It is the SDK's processor if the
// SDK's experimental metrics are enabled, and otherwise this package's processor.
func BatchLogs(exporter sdklog.Exporter, config settings.BatchConfig) sdklog.Processor {
	if !account.ExperimentalMetrics() {
		return NewLogBatches(exporter, config)
	}
	return sdklog.NewBatchProcessor(exporter,
		sdklog.WithMaxQueueSize(config.QueueSize),
		sdklog.WithExportMaxBatchSize(config.BatchSize),
		sdklog.WithExportInterval(max(config.Delay, minInterval)),
		sdklog.WithExportTimeout(config.ExportTimeout),
	)
}
