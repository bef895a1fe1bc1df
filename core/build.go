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

	"github.com/samespan/samespan/core/internal/otlp"
	"github.com/samespan/samespan/core/internal/sanitize"
	"github.com/samespan/samespan/core/internal/settings"
)

func (t *Telemetry) buildTraces(ctx context.Context, s *settings.Settings, console *sharedWriter, res *resource.Resource) error {
	var processor sdktrace.SpanProcessor
	switch s.TracesExporter {
	case settings.ExporterOTLP:
		to := otlp.NewCollector(s.Traces)
		exporter, release, err := to.SpanExporter(ctx)
		if err != nil {
			return fmt.Errorf("exporter of traces: %w", err)
		}
		t.traces.line = newLifeline(release)
		t.traces.Destination, t.traces.Component, t.traces.urgency = to.Destination, to.Component(), to.Urgency
		queue := &admission{Counter: t.traces.Counter, limit: int64(s.SpanBatch.QueueSize)}
		t.traces.queue = queue
		processor = &spanAdmission{admission: queue, batch: spanProcessor(
			&spanExporter{lifeline: t.traces.line, admission: queue, next: exporter}, s.SpanBatch)}
	case settings.ExporterConsole:
		t.traces.line = newLifeline(nil)
		t.traces.queue = &admission{Counter: t.traces.Counter, limit: maxConsoleQueue}
		processor = newTreeProcessor(console, t.traces.queue, t.traces.line)
	default:
		return nil
	}
	provider := sdktrace.NewTracerProvider(append([]sdktrace.TracerProviderOption{
		sdktrace.WithResource(res),
		sdktrace.WithSampler(Sampler(s.Sampler)),
		sdktrace.WithSpanProcessor(setupProcessor{processor}),
	}, s.File.TracerOptions...)...)
	t.tracerProvider, t.registered = provider, registered{provider}
	// Not the provider, which would take no notice of spans that end after its
	// shutdown: they are counted as dropped.
	t.traces.provider, t.traces.end = processor, processor.Shutdown
	return nil
}

func (t *Telemetry) buildMetrics(ctx context.Context, s *settings.Settings, console *sharedWriter, res *resource.Resource) error {
	var exporter sdkmetric.Exporter
	var err error
	line := newLifeline(nil)
	switch s.MetricsExporter {
	case settings.ExporterOTLP:
		to := otlp.NewCollector(s.Metrics)
		exporter, line.resource, err = to.MetricExporter(ctx, s.File)
		t.metrics.Destination, t.metrics.Component, t.metrics.urgency = to.Destination, to.Component(), to.Urgency
	case settings.ExporterConsole:
		exporter, err = stdoutmetric.New(append(
			otlp.MetricOptions(s.File, stdoutmetric.WithTemporalitySelector, stdoutmetric.WithAggregationSelector),
			stdoutmetric.WithWriter(console.until(line.ctx)), stdoutmetric.WithPrettyPrint())...)
	default:
		return nil
	}
	if err != nil {
		return fmt.Errorf("exporter of metrics: %w", err)
	}
	t.metrics.line = line
	wrapped := &metricExporter{lifeline: line, Counter: t.metrics.Counter, points: t.points, Exporter: exporter}
	provider := sdkmetric.NewMeterProvider(append([]sdkmetric.Option{
		sdkmetric.WithResource(res),
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(wrapped, append([]sdkmetric.PeriodicReaderOption{
			sdkmetric.WithInterval(s.MetricInterval),
			sdkmetric.WithTimeout(s.MetricTimeout),
		}, s.File.ReaderOptions...)...)),
	}, s.File.MeterOptions...)...)
	t.meterProvider = provider
	t.metrics.provider, t.metrics.end = provider, wrapped.Shutdown
	return nil
}

func (t *Telemetry) buildLogs(ctx context.Context, s *settings.Settings, console *sharedWriter, res *resource.Resource) error {
	queue := &admission{Counter: t.logs.Counter, limit: int64(s.LogBatch.QueueSize)}
	var processor sdklog.Processor
	switch s.LogsExporter {
	case settings.ExporterOTLP:
		to := otlp.NewCollector(s.Logs)
		exporter, release, err := to.LogExporter(ctx)
		if err != nil {
			return fmt.Errorf("exporter of logs: %w", err)
		}
		t.logs.line = newLifeline(release)
		t.logs.Destination, t.logs.Component, t.logs.urgency = to.Destination, to.Component(), to.Urgency
		processor = logProcessor(&logExporter{lifeline: t.logs.line, admission: queue, next: exporter}, s.LogBatch)
	case settings.ExporterConsole:
		line := newLifeline(nil)
		exporter, err := stdoutlog.New(stdoutlog.WithWriter(console.until(line.ctx)), stdoutlog.WithPrettyPrint())
		if err != nil {
			return fmt.Errorf("exporter of logs: %w", err)
		}
		t.logs.line = line
		queue.limit = maxConsoleQueue
		processor = newLogBatches(&logExporter{lifeline: line, admission: queue, next: exporter}, consoleBatch)
	default:
		return nil
	}
	admitting := &logAdmission{admission: queue, batch: processor}
	t.logs.queue = queue
	provider := sdklog.NewLoggerProvider(append([]sdklog.LoggerProviderOption{
		sdklog.WithResource(res), sdklog.WithProcessor(admitting),
	}, s.File.LoggerOptions...)...)
	t.loggerProvider = sanitize.LoggerProvider(provider)
	t.logs.provider, t.logs.end = admitting, admitting.Shutdown // not the provider, as with traces
	return nil
}
