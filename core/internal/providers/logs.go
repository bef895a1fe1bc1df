package providers

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/exporters/stdout/stdoutlog"
	sdklog "go.opentelemetry.io/otel/sdk/log"

	"github.com/samespan/samespan/core/internal/console"
	"github.com/samespan/samespan/core/internal/otlp"
	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/registry"
	"github.com/samespan/samespan/core/internal/sanitize"
	"github.com/samespan/samespan/core/internal/settings"
)

// logs builds the logger provider.
func (b *builder) logs(ctx context.Context) error {
	var options []sdklog.LoggerProviderOption
	// Before the exporters' processors, which see its changes.
	for _, processor := range b.adding.LogProcessors {
		added := pipeline.NewAddedLogProcessor(name("log processor", processor), processor, b.restoring, b.reporter)
		options = append(options, sdklog.WithProcessor(added))
		b.added = append(b.added, added)
		b.processesLogs.Store(true)
	}
	n := 0
	for _, exporter := range b.s.LogsExporters {
		processor, err := b.records(ctx, b.next(n, b.Logs, exporter, b.newLogs), exporter)
		if err != nil {
			return fmt.Errorf("exporter of logs: %w", err)
		}
		options = append(options, sdklog.WithProcessor(processor))
		n++
	}
	for _, exporter := range b.adding.LogExporters {
		line := b.next(n, b.Logs, fmt.Sprintf("%T", exporter), b.newLogs)
		options = append(options, sdklog.WithProcessor(b.foreignRecords(line, exporter)))
		n++
	}
	if len(options) == 0 {
		return nil
	}
	provider := sdklog.NewLoggerProvider(append(append(options,
		sdklog.WithResource(b.res),
		sdklog.WithAttributeCountLimit(b.s.LogLimits.Count), sdklog.WithAttributeValueLengthLimit(b.s.LogLimits.ValueLength),
	), b.s.File.LoggerOptions...)...)
	b.Logger = sanitize.LoggerProvider(provider)
	return nil
}

// records builds the processor for a log exporter that a variable names.
func (b *builder) records(ctx context.Context, line *pipeline.Pipeline, exporter string) (sdklog.Processor, error) {
	switch exporter {
	case settings.ExporterOTLP:
		to := otlp.NewCollector(b.s.Logs)
		client, release, err := to.LogExporter(ctx)
		if err != nil {
			return nil, err
		}
		overOTLP(line, to, release)
		return b.batchRecords(line, client), nil
	case settings.ExporterConsole:
		line.Lifetime = pipeline.NewLifetime(nil)
		printer, err := stdoutlog.New(stdoutlog.WithWriter(b.console.Until(line.Lifetime.Context)), stdoutlog.WithPrettyPrint())
		if err != nil {
			return nil, err
		}
		return queued(line, console.MaxQueue, pipeline.NewLogBatches, printer, console.Batch, b.restoring), nil
	}
	built, err := registry.LogExporters.Build(ctx, exporter, b.config(""))
	if err != nil {
		return nil, err
	}
	return b.foreignRecords(line, built), nil
}

// foreignRecords builds the processor for a log exporter that is not core's
// own.
func (b *builder) foreignRecords(line *pipeline.Pipeline, exporter sdklog.Exporter) sdklog.Processor {
	overForeign(line, exporter)
	return b.batchRecords(line, pipeline.NewForeignLogExporter(name("exporter", exporter), exporter))
}

func (b *builder) batchRecords(line *pipeline.Pipeline, exporter sdklog.Exporter) sdklog.Processor {
	return queued(line, b.s.LogBatch.QueueSize, pipeline.BatchLogs, exporter, b.s.LogBatch, b.restoring)
}

// queued limits the queue of a batch processor.
func queued(line *pipeline.Pipeline, limit int, batches func(sdklog.Exporter, settings.BatchConfig) sdklog.Processor, exporter sdklog.Exporter, how settings.BatchConfig, restoring *pipeline.Resource) sdklog.Processor {
	line.Queue = &pipeline.Queue{Counter: line.Counter, Limit: int64(limit)}
	processor := &pipeline.LogProcessor{Queue: line.Queue, Resource: restoring,
		Batch: batches(&pipeline.LogExporter{Lifetime: line.Lifetime, Queue: line.Queue, Next: exporter}, how)}
	line.Provider, line.End = processor, processor.Shutdown // not the provider, for the same reason as with traces
	return processor
}
