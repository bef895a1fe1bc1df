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

// buildLogs builds the logger provider.
func (b *builder) buildLogs(ctx context.Context) error {
	var options []sdklog.LoggerProviderOption
	// Added processors come before the exporters' processors, so that changes by added
	// processors are exported.
	for _, processor := range b.addedParts.LogProcessors {
		added := pipeline.NewAddedLogProcessor(describeComponent("log processor", processor), processor, b.resourceRestorer, b.reporter)
		options = append(options, sdklog.WithProcessor(added))
		b.addedComponents = append(b.addedComponents, added)
		b.hasServiceLogProcessors.Store(true)
	}
	n := 0
	for _, exporter := range b.settings.LogsExporters {
		processor, err := b.newLogProcessor(ctx, b.nextPipeline(n, b.Logs, exporter, b.newLogsPipeline), exporter)
		if err != nil {
			return fmt.Errorf("exporter of logs: %w", err)
		}
		options = append(options, sdklog.WithProcessor(processor))
		n++
	}
	for _, exporter := range b.addedParts.LogExporters {
		line := b.nextPipeline(n, b.Logs, fmt.Sprintf("%T", exporter), b.newLogsPipeline)
		options = append(options, sdklog.WithProcessor(b.newForeignLogProcessor(line, exporter)))
		n++
	}
	if len(options) == 0 {
		return nil
	}
	provider := sdklog.NewLoggerProvider(append(append(options,
		sdklog.WithResource(b.resource),
		sdklog.WithAttributeCountLimit(b.settings.LogLimits.Count), sdklog.WithAttributeValueLengthLimit(b.settings.LogLimits.ValueLength),
	), b.settings.File.LoggerOptions...)...)
	b.Logger = sanitize.LoggerProvider(provider)
	return nil
}

// newLogProcessor returns the processor for the log exporter that OTEL_LOGS_EXPORTER names
// or a configuration file sets.
func (b *builder) newLogProcessor(ctx context.Context, line *pipeline.Pipeline, exporter string) (sdklog.Processor, error) {
	switch exporter {
	case settings.ExporterOTLP:
		collector := otlp.NewCollector(b.settings.Logs)
		client, release, err := collector.LogExporter(ctx)
		if err != nil {
			return nil, err
		}
		useCollector(line, collector, release)
		return b.newBatchLogProcessor(line, client), nil
	case settings.ExporterConsole:
		line.Lifetime = pipeline.NewLifetime(nil)
		printer, err := stdoutlog.New(stdoutlog.WithWriter(b.console.Until(line.Lifetime.Context)), stdoutlog.WithPrettyPrint())
		if err != nil {
			return nil, err
		}
		return newLimitedLogProcessor(line, console.MaxQueue, pipeline.NewLogBatches, printer, console.Batch, b.resourceRestorer), nil
	}
	built, err := registry.LogExporters.Build(ctx, exporter, b.registryConfig(""))
	if err != nil {
		return nil, err
	}
	return b.newForeignLogProcessor(line, built), nil
}

// newForeignLogProcessor returns the processor for a log exporter that is not part of
// core.
func (b *builder) newForeignLogProcessor(line *pipeline.Pipeline, exporter sdklog.Exporter) sdklog.Processor {
	useForeign(line, exporter)
	return b.newBatchLogProcessor(line, pipeline.NewForeignLogExporter(describeComponent("exporter", exporter), exporter))
}

// newBatchLogProcessor returns a processor that exports batches of log records with
// exporter.
func (b *builder) newBatchLogProcessor(line *pipeline.Pipeline, exporter sdklog.Exporter) sdklog.Processor {
	return newLimitedLogProcessor(line, b.settings.LogBatch.QueueSize, pipeline.BatchLogs, exporter, b.settings.LogBatch, b.resourceRestorer)
}

// newLimitedLogProcessor returns a processor that exports with exporter and queues at
// most limit records. newBatches creates the batch processor inside the returned processor.
func newLimitedLogProcessor(line *pipeline.Pipeline, limit int, newBatches func(sdklog.Exporter, settings.BatchConfig) sdklog.Processor, exporter sdklog.Exporter, config settings.BatchConfig, restorer *pipeline.Resource) sdklog.Processor {
	line.Queue = &pipeline.Queue{Counter: line.Counter, Limit: int64(limit)}
	processor := &pipeline.LogProcessor{Queue: line.Queue, Resource: restorer,
		Batch: newBatches(&pipeline.LogExporter{Lifetime: line.Lifetime, Queue: line.Queue, Next: exporter}, config)}
	// Shut down the processor, not the provider: the provider would ignore records that
	// are emitted after its shutdown, but the processor counts them as dropped.
	line.Provider, line.End = processor, processor.Shutdown
	return processor
}
