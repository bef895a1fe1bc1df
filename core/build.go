package core

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/exporters/stdout/stdoutlog"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/console"
	"github.com/samespan/samespan/core/internal/otlp"
	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/sanitize"
	"github.com/samespan/samespan/core/internal/settings"
)

func (t *Telemetry) buildTraces(ctx context.Context, s *settings.Settings, out *console.Writer, res *resource.Resource) error {
	var processor sdktrace.SpanProcessor
	switch s.TracesExporter {
	case settings.ExporterOTLP:
		to := otlp.NewCollector(s.Traces)
		exporter, release, err := to.SpanExporter(ctx)
		if err != nil {
			return fmt.Errorf("exporter of traces: %w", err)
		}
		t.traces.Lifetime = pipeline.NewLifetime(release)
		t.traces.Destination, t.traces.Component, t.traces.Urgency = to.Destination, to.Component(), to.Urgency
		queue := &pipeline.Queue{Counter: t.traces.Counter, Limit: int64(s.SpanBatch.QueueSize)}
		t.traces.Queue = queue
		processor = &pipeline.SpanProcessor{Queue: queue, Resource: pipeline.NewResource(res), Batch: pipeline.BatchSpans(
			&pipeline.SpanExporter{Lifetime: t.traces.Lifetime, Queue: queue, Next: exporter}, s.SpanBatch)}
	case settings.ExporterConsole:
		t.traces.Lifetime = pipeline.NewLifetime(nil)
		t.traces.Queue = &pipeline.Queue{Counter: t.traces.Counter, Limit: console.MaxQueue}
		processor = console.NewTreeProcessor(out, t.traces.Queue, t.traces.Lifetime)
	default:
		return nil
	}
	provider := sdktrace.NewTracerProvider(append([]sdktrace.TracerProviderOption{
		sdktrace.WithResource(res),
		sdktrace.WithSampler(Sampler(s.Sampler)),
		sdktrace.WithSpanProcessor(pipeline.NewSetupProcessor(processor)),
		sdktrace.WithRawSpanLimits(s.SpanLimits),
	}, s.File.TracerOptions...)...)
	t.tracerProvider, t.registered = provider, pipeline.NewRegistered(provider)
	// Not the provider, which would take no notice of spans that end after its
	// shutdown: they are counted as dropped.
	t.traces.Provider, t.traces.End = processor, processor.Shutdown
	return nil
}

func (t *Telemetry) buildMetrics(ctx context.Context, s *settings.Settings, out *console.Writer, res *resource.Resource) error {
	var exporter sdkmetric.Exporter
	var err error
	line := pipeline.NewLifetime(nil)
	switch s.MetricsExporter {
	case settings.ExporterOTLP:
		to := otlp.NewCollector(s.Metrics)
		exporter, line.Release, err = to.MetricExporter(ctx, s.File)
		t.metrics.Destination, t.metrics.Component, t.metrics.Urgency = to.Destination, to.Component(), to.Urgency
	case settings.ExporterConsole:
		exporter, err = stdoutmetric.New(append(
			otlp.MetricOptions(s.File, stdoutmetric.WithTemporalitySelector, stdoutmetric.WithAggregationSelector),
			stdoutmetric.WithWriter(out.Until(line.Context)), stdoutmetric.WithPrettyPrint())...)
	default:
		return nil
	}
	if err != nil {
		return fmt.Errorf("exporter of metrics: %w", err)
	}
	t.metrics.Lifetime = line
	wrapped := &pipeline.MetricExporter{Lifetime: line, Counter: t.metrics.Counter, Points: t.points, Resource: res, Exporter: exporter}
	provider := sdkmetric.NewMeterProvider(append([]sdkmetric.Option{
		sdkmetric.WithResource(res),
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(wrapped, append([]sdkmetric.PeriodicReaderOption{
			sdkmetric.WithInterval(s.MetricInterval),
			sdkmetric.WithTimeout(s.MetricTimeout),
		}, s.File.ReaderOptions...)...)),
	}, s.File.MeterOptions...)...)
	t.meterProvider = provider
	t.metrics.Provider, t.metrics.End = provider, wrapped.Shutdown
	return nil
}

func (t *Telemetry) buildLogs(ctx context.Context, s *settings.Settings, out *console.Writer, res *resource.Resource) error {
	queue := &pipeline.Queue{Counter: t.logs.Counter, Limit: int64(s.LogBatch.QueueSize)}
	var processor sdklog.Processor
	switch s.LogsExporter {
	case settings.ExporterOTLP:
		to := otlp.NewCollector(s.Logs)
		exporter, release, err := to.LogExporter(ctx)
		if err != nil {
			return fmt.Errorf("exporter of logs: %w", err)
		}
		t.logs.Lifetime = pipeline.NewLifetime(release)
		t.logs.Destination, t.logs.Component, t.logs.Urgency = to.Destination, to.Component(), to.Urgency
		processor = pipeline.BatchLogs(&pipeline.LogExporter{Lifetime: t.logs.Lifetime, Queue: queue, Next: exporter}, s.LogBatch)
	case settings.ExporterConsole:
		line := pipeline.NewLifetime(nil)
		exporter, err := stdoutlog.New(stdoutlog.WithWriter(out.Until(line.Context)), stdoutlog.WithPrettyPrint())
		if err != nil {
			return fmt.Errorf("exporter of logs: %w", err)
		}
		t.logs.Lifetime = line
		queue.Limit = console.MaxQueue
		processor = pipeline.NewLogBatches(&pipeline.LogExporter{Lifetime: line, Queue: queue, Next: exporter}, console.Batch)
	default:
		return nil
	}
	admitting := &pipeline.LogProcessor{Queue: queue, Resource: pipeline.NewResource(res), Batch: processor}
	t.logs.Queue = queue
	provider := sdklog.NewLoggerProvider(append([]sdklog.LoggerProviderOption{
		sdklog.WithResource(res), sdklog.WithProcessor(admitting),
		sdklog.WithAttributeCountLimit(s.LogLimits.Count), sdklog.WithAttributeValueLengthLimit(s.LogLimits.ValueLength),
	}, s.File.LoggerOptions...)...)
	t.loggerProvider = sanitize.LoggerProvider(provider)
	t.logs.Provider, t.logs.End = admitting, admitting.Shutdown // not the provider, as with traces
	return nil
}
