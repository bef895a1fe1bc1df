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

// buildMetrics builds the meter provider.
func (b *builder) buildMetrics(ctx context.Context) error {
	var options []sdkmetric.Option
	var addedReader *pipeline.AddedReader // one of the added readers, or nil
	n := 0
	addReader := func(reader sdkmetric.Reader) {
		added := pipeline.NewAddedReader(describeComponent("reader", reader), reader)
		options = append(options, sdkmetric.WithReader(added))
		b.addedComponents = append(b.addedComponents, added)
		addedReader = added
	}
	for _, exporter := range b.settings.MetricsExporters {
		if registry.MetricReaders.Has(exporter) {
			reader, err := registry.MetricReaders.Build(ctx, exporter, b.registryConfig(""))
			if err != nil {
				return fmt.Errorf("reader of metrics: %w", err)
			}
			addReader(reader)
			continue
		}
		line := b.nextPipeline(n, b.Metrics, exporter, b.newMetricsPipeline)
		client, err := b.newMetricExporter(ctx, line, exporter)
		if err != nil {
			return fmt.Errorf("exporter of metrics: %w", err)
		}
		options = append(options, sdkmetric.WithReader(b.newPeriodicReader(line, client)))
		n++
	}
	for _, exporter := range b.addedParts.MetricExporters {
		line := b.nextPipeline(n, b.Metrics, fmt.Sprintf("%T", exporter), b.newMetricsPipeline)
		options = append(options, sdkmetric.WithReader(b.newPeriodicReader(line, b.newForeignMetricExporter(line, exporter))))
		n++
	}
	for _, reader := range b.addedParts.MetricReaders {
		addReader(reader)
	}
	if len(options) == 0 {
		return nil
	}
	options = append(options, sdkmetric.WithResource(b.resource))
	for i, view := range b.addedParts.Views {
		options = append(options, sdkmetric.WithView(pipeline.NewAddedView(fmt.Sprintf("view %d", i+1), view, b.reporter)))
	}
	// The exporters above export the resource of Setup. A reader that the service adds
	// collects the resource of the provider.
	if restorer := pipeline.NewResource(b.resource); restorer != nil && addedReader != nil {
		defer restorer.RestoreMetrics(ctx, addedReader)
	}
	provider := sdkmetric.NewMeterProvider(append(options, b.settings.File.MeterOptions...)...)
	b.Meter, b.sdkMeterProvider = provider, provider
	return nil
}

// newMetricExporter returns the metric exporter that OTEL_METRICS_EXPORTER names or a
// configuration file sets.
func (b *builder) newMetricExporter(ctx context.Context, line *pipeline.Pipeline, exporter string) (sdkmetric.Exporter, error) {
	switch exporter {
	case settings.ExporterOTLP:
		collector := otlp.NewCollector(b.settings.Metrics)
		client, release, err := collector.MetricExporter(ctx, b.settings.File)
		if err != nil {
			return nil, err
		}
		useCollector(line, collector, release)
		return client, nil
	case settings.ExporterConsole:
		line.Lifetime = pipeline.NewLifetime(nil)
		return stdoutmetric.New(append(
			otlp.MetricOptions(b.settings.File, stdoutmetric.WithTemporalitySelector, stdoutmetric.WithAggregationSelector),
			stdoutmetric.WithWriter(b.console.Until(line.Lifetime.Context)), stdoutmetric.WithPrettyPrint())...)
	}
	built, err := registry.MetricExporters.Build(ctx, exporter, b.registryConfig(""))
	if err != nil {
		return nil, err
	}
	return b.newForeignMetricExporter(line, built), nil
}

// newForeignMetricExporter wraps a metric exporter that is not part of core.
func (b *builder) newForeignMetricExporter(line *pipeline.Pipeline, exporter sdkmetric.Exporter) sdkmetric.Exporter {
	useForeign(line, exporter)
	return pipeline.NewForeignMetricExporter(describeComponent("exporter", exporter), exporter, b.reporter)
}

// newPeriodicReader returns a reader that exports periodically with exporter. The reader is
// flushed and shut down individually, since the provider would flush one reader after the
// other.
func (b *builder) newPeriodicReader(line *pipeline.Pipeline, exporter sdkmetric.Exporter) sdkmetric.Reader {
	wrapped := &pipeline.MetricExporter{Lifetime: line.Lifetime, Counter: line.Counter, Points: line.Points, Resource: b.resource, Exporter: exporter}
	reader := pipeline.NewPeriodicReader(wrapped, pipeline.PeriodicConfig{
		Interval: b.settings.MetricInterval, Timeout: b.settings.MetricTimeout, Options: b.settings.File.ReaderOptions, Report: b.addedParts.Report,
	})
	line.Provider, line.End = reader, wrapped.Shutdown
	return reader
}
