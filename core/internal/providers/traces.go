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

// traces builds the tracer provider.
func (b *builder) traces(ctx context.Context) error {
	var exporting []sdktrace.SpanProcessor
	for _, exporter := range b.s.TracesExporters {
		line := b.next(len(exporting), b.Traces, exporter, b.newTraces)
		processor, err := b.spans(ctx, line, exporter)
		if err != nil {
			return fmt.Errorf("exporter of traces: %w", err)
		}
		exporting = append(exporting, processor)
	}
	for _, exporter := range b.adding.SpanExporters {
		line := b.next(len(exporting), b.Traces, fmt.Sprintf("%T", exporter), b.newTraces)
		exporting = append(exporting, b.foreignSpans(line, exporter))
	}
	fan := &pipeline.SpanFan{Resource: b.restoring, Exporting: exporting}
	for _, processor := range b.adding.SpanProcessors {
		added := pipeline.NewAddedSpanProcessor(name("span processor", processor), processor, b.reporter)
		fan.Added = append(fan.Added, added)
		b.added = append(b.added, added)
	}
	if len(exporting)+len(fan.Added) == 0 {
		return nil
	}
	sampler, err := b.sampler(ctx)
	if err != nil {
		return err
	}
	ids, err := b.ids(ctx)
	if err != nil {
		return err
	}
	var processor sdktrace.SpanProcessor = fan
	if len(exporting) == 1 && len(fan.Added) == 0 {
		processor = exporting[0]
	}
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithResource(b.res),
		sdktrace.WithSampler(sampling.New(sampler, b.adding.Report)),
		sdktrace.WithSpanProcessor(pipeline.NewSetupProcessor(processor)),
		sdktrace.WithRawSpanLimits(b.s.SpanLimits),
	}
	if ids != nil {
		options = append(options, sdktrace.WithIDGenerator(ids))
	}
	provider := sdktrace.NewTracerProvider(append(options, b.s.File.TracerOptions...)...)
	b.Tracer, b.registered = provider, pipeline.NewRegistered(provider)
	return nil
}

// spans builds the processor for a span exporter that a variable names.
func (b *builder) spans(ctx context.Context, line *pipeline.Pipeline, exporter string) (sdktrace.SpanProcessor, error) {
	switch exporter {
	case settings.ExporterOTLP:
		to := otlp.NewCollector(b.s.Traces)
		client, release, err := to.SpanExporter(ctx)
		if err != nil {
			return nil, err
		}
		overOTLP(line, to, release)
		return b.batchSpans(line, client), nil
	case settings.ExporterConsole:
		line.Lifetime = pipeline.NewLifetime(nil)
		line.Queue = &pipeline.Queue{Counter: line.Counter, Limit: console.MaxQueue}
		processor := console.NewTreeProcessor(b.console, line.Queue, line.Lifetime)
		// Not the provider, which ignores spans that end after its shutdown:
		// they are counted as dropped.
		line.Provider, line.End = processor, processor.Shutdown
		return processor, nil
	}
	built, err := registry.SpanExporters.Build(ctx, exporter, b.config(""))
	if err != nil {
		return nil, err
	}
	return b.foreignSpans(line, built), nil
}

// foreignSpans builds the processor for a span exporter that is not core's own.
func (b *builder) foreignSpans(line *pipeline.Pipeline, exporter sdktrace.SpanExporter) sdktrace.SpanProcessor {
	overForeign(line, exporter)
	return b.batchSpans(line, sanitize.NewSpanExporter(pipeline.NewForeignSpanExporter(name("exporter", exporter), exporter)))
}

func (b *builder) batchSpans(line *pipeline.Pipeline, exporter sdktrace.SpanExporter) sdktrace.SpanProcessor {
	line.Queue = &pipeline.Queue{Counter: line.Counter, Limit: int64(b.s.SpanBatch.QueueSize)}
	processor := &pipeline.SpanProcessor{Queue: line.Queue, Resource: b.restoring, Batch: pipeline.BatchSpans(
		&pipeline.SpanExporter{Lifetime: line.Lifetime, Queue: line.Queue, Next: exporter}, b.s.SpanBatch)}
	line.Provider, line.End = processor, processor.Shutdown
	return processor
}
