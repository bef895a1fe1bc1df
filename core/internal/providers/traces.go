package providers

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/console"
	"github.com/samespan/samespan/core/internal/otlp"
	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/registry"
	"github.com/samespan/samespan/core/internal/sampling"
	"github.com/samespan/samespan/core/internal/sanitize"
	"github.com/samespan/samespan/core/internal/settings"
)

// buildTraces builds the tracer provider.
func (b *builder) buildTraces(ctx context.Context) error {
	var exporting []sdktrace.SpanProcessor
	for _, exporter := range b.settings.TracesExporters {
		line := b.nextPipeline(len(exporting), b.Traces, exporter, b.newTracesPipeline)
		processor, err := b.newSpanProcessor(ctx, line, exporter)
		if err != nil {
			return fmt.Errorf("exporter of traces: %w", err)
		}
		exporting = append(exporting, processor)
	}
	for _, exporter := range b.addedParts.SpanExporters {
		line := b.nextPipeline(len(exporting), b.Traces, fmt.Sprintf("%T", exporter), b.newTracesPipeline)
		exporting = append(exporting, b.newForeignSpanProcessor(line, exporter))
	}
	processors := &pipeline.SpanFan{Resource: b.resourceRestorer, Exporting: exporting}
	for _, processor := range b.addedParts.SpanProcessors {
		added := pipeline.NewAddedSpanProcessor(describeComponent("span processor", processor), processor, b.reporter)
		processors.Added = append(processors.Added, added)
		b.addedComponents = append(b.addedComponents, added)
	}
	if len(exporting)+len(processors.Added) == 0 {
		return nil
	}
	sampler, err := b.newSampler(ctx)
	if err != nil {
		return err
	}
	ids, err := b.newIDGenerator(ctx)
	if err != nil {
		return err
	}
	var processor sdktrace.SpanProcessor = processors
	if len(exporting) == 1 && len(processors.Added) == 0 {
		processor = exporting[0]
	}
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithResource(b.resource),
		sdktrace.WithSampler(sampling.New(sampler, b.addedParts.Report)),
		sdktrace.WithSpanProcessor(pipeline.NewSetupProcessor(processor)),
		sdktrace.WithRawSpanLimits(b.settings.SpanLimits),
	}
	if ids != nil {
		options = append(options, sdktrace.WithIDGenerator(ids))
	}
	provider := sdktrace.NewTracerProvider(options...)
	b.Tracer, b.registeredProcessors = provider, pipeline.NewRegistered(provider)
	return nil
}

// newSpanProcessor returns the processor for the span exporter that OTEL_TRACES_EXPORTER
// names or a configuration file sets.
func (b *builder) newSpanProcessor(ctx context.Context, line *pipeline.Pipeline, exporter string) (sdktrace.SpanProcessor, error) {
	switch exporter {
	case settings.ExporterOTLP:
		collector := otlp.NewCollector(b.settings.Traces)
		client, release, err := collector.SpanExporter(ctx)
		if err != nil {
			return nil, err
		}
		useCollector(line, collector, release)
		return b.newBatchSpanProcessor(line, client), nil
	case settings.ExporterConsole:
		line.Lifetime = pipeline.NewLifetime(nil)
		line.Queue = &pipeline.Queue{Counter: line.Counter, Limit: console.MaxQueue}
		processor := console.NewTreeProcessor(b.console, line.Queue, line.Lifetime)
		// Shut down the processor, not the provider: the provider would ignore spans that
		// end after its shutdown, but the processor counts them as dropped.
		line.Provider, line.End = processor, processor.Shutdown
		return processor, nil
	}
	built, err := registry.SpanExporters.Build(ctx, exporter, b.registryConfig(""))
	if err != nil {
		return nil, err
	}
	return b.newForeignSpanProcessor(line, built), nil
}

// newForeignSpanProcessor returns the processor for a span exporter that is not part of
// core.
func (b *builder) newForeignSpanProcessor(line *pipeline.Pipeline, exporter sdktrace.SpanExporter) sdktrace.SpanProcessor {
	useForeign(line, exporter)
	return b.newBatchSpanProcessor(line, sanitize.NewSpanExporter(pipeline.NewForeignSpanExporter(describeComponent("exporter", exporter), exporter)))
}

// newBatchSpanProcessor returns a processor that exports batches of spans with exporter.
func (b *builder) newBatchSpanProcessor(line *pipeline.Pipeline, exporter sdktrace.SpanExporter) sdktrace.SpanProcessor {
	line.Queue = &pipeline.Queue{Counter: line.Counter, Limit: int64(b.settings.SpanBatch.QueueSize)}
	processor := &pipeline.SpanProcessor{Queue: line.Queue, Resource: b.resourceRestorer, Batch: pipeline.BatchSpans(
		&pipeline.SpanExporter{Lifetime: line.Lifetime, Queue: line.Queue, Next: exporter}, b.settings.SpanBatch)}
	line.Provider, line.End = processor, processor.Shutdown
	return processor
}
