package providers

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/samespan/samespan/core/internal/otlp"
	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/registry"
	"github.com/samespan/samespan/core/internal/settings"
)

// metrics builds the meter provider.
func (b *builder) metrics(ctx context.Context) error {
	var options []sdkmetric.Option
	n := 0
	addReader := func(reader sdkmetric.Reader) {
		added := pipeline.NewAddedReader(name("reader", reader), reader)
		options = append(options, sdkmetric.WithReader(added))
		b.added = append(b.added, added)
	}
	for _, exporter := range b.s.MetricsExporters {
		if registry.MetricReaders.Has(exporter) {
			reader, err := registry.MetricReaders.Build(ctx, exporter, b.config(""))
			if err != nil {
				return fmt.Errorf("reader of metrics: %w", err)
			}
			addReader(reader)
			continue
		}
		line := b.next(n, b.Metrics, exporter, b.newMetrics)
		client, err := b.points(ctx, line, exporter)
		if err != nil {
			return fmt.Errorf("exporter of metrics: %w", err)
		}
		options = append(options, sdkmetric.WithReader(b.reader(line, client)))
		n++
	}
	for _, exporter := range b.adding.MetricExporters {
		line := b.next(n, b.Metrics, fmt.Sprintf("%T", exporter), b.newMetrics)
		options = append(options, sdkmetric.WithReader(b.reader(line, b.foreignPoints(line, exporter))))
		n++
	}
	for _, reader := range b.adding.MetricReaders {
		addReader(reader)
	}
	if len(options) == 0 {
		return nil
	}
	options = append(options, sdkmetric.WithResource(b.res))
	for i, view := range b.adding.Views {
		options = append(options, sdkmetric.WithView(pipeline.NewAddedView(fmt.Sprintf("view %d", i+1), view, b.reporter)))
	}
	provider := sdkmetric.NewMeterProvider(append(options, b.s.File.MeterOptions...)...)
	b.Meter, b.meter = provider, provider
	return nil
}

// points builds a metric exporter that a variable names.
func (b *builder) points(ctx context.Context, line *pipeline.Pipeline, exporter string) (sdkmetric.Exporter, error) {
	switch exporter {
	case settings.ExporterOTLP:
		to := otlp.NewCollector(b.s.Metrics)
		client, release, err := to.MetricExporter(ctx, b.s.File)
		if err != nil {
			return nil, err
		}
		overOTLP(line, to, release)
		return client, nil
	case settings.ExporterConsole:
		line.Lifetime = pipeline.NewLifetime(nil)
		return stdoutmetric.New(append(
			otlp.MetricOptions(b.s.File, stdoutmetric.WithTemporalitySelector, stdoutmetric.WithAggregationSelector),
			stdoutmetric.WithWriter(b.console.Until(line.Lifetime.Context)), stdoutmetric.WithPrettyPrint())...)
	}
	built, err := registry.MetricExporters.Build(ctx, exporter, b.config(""))
	if err != nil {
		return nil, err
	}
	return b.foreignPoints(line, built), nil
}

func (b *builder) foreignPoints(line *pipeline.Pipeline, exporter sdkmetric.Exporter) sdkmetric.Exporter {
	overForeign(line, exporter)
	return pipeline.NewForeignMetricExporter(name("exporter", exporter), exporter, b.reporter)
}

// reader builds the reader of a metric exporter. It is flushed and shut down
// individually: the provider would do so one reader after the other.
func (b *builder) reader(line *pipeline.Pipeline, exporter sdkmetric.Exporter) sdkmetric.Reader {
	wrapped := &pipeline.MetricExporter{Lifetime: line.Lifetime, Counter: line.Counter, Points: line.Points, Resource: b.res, Exporter: exporter}
	reader := sdkmetric.NewPeriodicReader(wrapped, b.readerOptions()...)
	line.Provider, line.End = reader, wrapped.Shutdown
	return reader
}
