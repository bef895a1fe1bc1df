package providers

import (
	"context"
	"fmt"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/console"
	"github.com/samespan/samespan/core/internal/otlp"
	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/registry"
	"github.com/samespan/samespan/core/internal/settings"
)

// builder holds the state of one Build.
type builder struct {
	*Providers
	s       *settings.Settings
	adding  Added
	console *console.Writer
	res     *resource.Resource
	// restoring restores the resource; nil if the SDK does not change it.
	restoring *pipeline.Resource
}

// next returns the pipeline for another exporter of a signal. first is the
// pipeline of the signal, and n the number of exporters so far.
func (b *builder) next(n int, first *pipeline.Pipeline, exporter string, further func() *pipeline.Pipeline) *pipeline.Pipeline {
	line := first
	if n > 0 {
		line = further()
		b.Further = append(b.Further, line)
	}
	line.Exporter, line.Number = exporter, n
	return line
}

// overOTLP sets up a pipeline to a collector.
func overOTLP(line *pipeline.Pipeline, to *otlp.Collector, release func() error) {
	line.Lifetime = pipeline.NewLifetime(release)
	line.Destination, line.Component, line.Urgency = to.Destination, to.Component(), to.Urgency
}

// overForeign sets up a pipeline to an exporter that is not core's own.
func overForeign(line *pipeline.Pipeline, exporter any) {
	line.Lifetime = pipeline.NewLifetime(nil)
	line.Component = account.Component(fmt.Sprintf("%T", exporter), line.Number)
}

// config returns the argument for functions of package register.
func (b *builder) config(argument string) registry.Config {
	c := registry.Config{Argument: argument, Report: b.adding.Report}
	for _, kv := range b.res.Attributes() {
		if kv.Key == semconv.ServiceNameKey {
			c.ServiceName = kv.Value.AsString()
		}
	}
	return c
}

// sampler returns the sampler of the settings, which may be a registered one.
func (b *builder) sampler(ctx context.Context) (sdktrace.Sampler, error) {
	if b.s.SamplerName == "" {
		return b.s.Sampler, nil
	}
	sampler, err := registry.Samplers.Build(ctx, b.s.SamplerName, b.config(b.s.SamplerArgument))
	if err != nil {
		return nil, fmt.Errorf("sampler: %w", err)
	}
	if ending, ok := sampler.(interface{ Shutdown(context.Context) error }); ok {
		b.added = append(b.added, pipeline.NewForeign(name("sampler", sampler), nil, ending.Shutdown))
	}
	return sampler, nil
}

// ids returns the id generator, or nil for the SDK's own.
func (b *builder) ids(ctx context.Context) (sdktrace.IDGenerator, error) {
	ids := b.adding.IDGenerator
	switch b.s.IDGeneratorName {
	case "":
	case settings.RandomIDs:
		return nil, nil
	default:
		var err error
		if ids, err = registry.IDGenerators.Build(ctx, b.s.IDGeneratorName, b.config("")); err != nil {
			return nil, fmt.Errorf("ids: %w", err)
		}
	}
	if ids == nil {
		return nil, nil
	}
	return pipeline.NewAddedIDGenerator(name("id generator", ids), ids, b.reporter), nil
}

// readerOptions returns the options of readers that export.
func (b *builder) readerOptions() []sdkmetric.PeriodicReaderOption {
	return append([]sdkmetric.PeriodicReaderOption{
		sdkmetric.WithInterval(b.s.MetricInterval),
		sdkmetric.WithTimeout(b.s.MetricTimeout),
	}, b.s.File.ReaderOptions...)
}
