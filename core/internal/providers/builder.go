package providers

import (
	"context"
	"fmt"

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

// builder holds the state of one call of [Providers.Build].
type builder struct {
	*Providers
	settings *settings.Settings
	// addedParts are the components that the service adds in code.
	addedParts Added
	console    *console.Writer
	resource   *resource.Resource
	// resourceRestorer removes the attributes that the SDK adds to the resource. It is
	// nil if the SDK adds none.
	resourceRestorer *pipeline.Resource
}

// nextPipeline returns the pipeline for the next exporter of a signal. n is the number of
// exporters that the signal already has. If n is 0, nextPipeline returns the argument
// first. Otherwise it returns the result of newPipeline.
func (b *builder) nextPipeline(n int, first *pipeline.Pipeline, exporter string, newPipeline func() *pipeline.Pipeline) *pipeline.Pipeline {
	line := first
	if n > 0 {
		line = newPipeline()
		b.Further = append(b.Further, line)
	}
	line.Exporter, line.Number = exporter, n
	return line
}

// useCollector sets the fields of line for exports to a collector. release closes the
// connection to the collector.
func useCollector(line *pipeline.Pipeline, collector *otlp.Collector, release func() error) {
	line.Lifetime = pipeline.NewLifetime(release)
	line.Destination, line.Component, line.Urgency = collector.Destination, collector.Component(), collector.Urgency
}

// useForeign sets the fields of line for exports with an exporter that is not part of
// core.
func useForeign(line *pipeline.Pipeline, exporter any) {
	line.Lifetime = pipeline.NewLifetime(nil)
	line.Component = account.Component(fmt.Sprintf("%T", exporter), line.Number)
}

// registryConfig returns the argument for functions that are registered with package
// register. argument is the value of OTEL_TRACES_SAMPLER_ARG, for samplers.
func (b *builder) registryConfig(argument string) registry.Config {
	c := registry.Config{Argument: argument, Report: b.addedParts.Report}
	for _, kv := range b.resource.Attributes() {
		if kv.Key == semconv.ServiceNameKey {
			c.ServiceName = kv.Value.AsString()
		}
	}
	return c
}

// newSampler returns the sampler of the settings, which may be a registered one.
func (b *builder) newSampler(ctx context.Context) (sdktrace.Sampler, error) {
	if b.settings.SamplerName == "" {
		return b.settings.Sampler, nil
	}
	sampler, err := registry.Samplers.Build(ctx, b.settings.SamplerName, b.registryConfig(b.settings.SamplerArgument))
	if err != nil {
		return nil, fmt.Errorf("sampler: %w", err)
	}
	if ending, ok := sampler.(interface{ Shutdown(context.Context) error }); ok {
		b.addedComponents = append(b.addedComponents, pipeline.NewForeign(describeComponent("sampler", sampler), nil, ending.Shutdown))
	}
	return sampler, nil
}

// newIDGenerator returns the ID generator of the settings or of the service, or nil for
// the SDK's own.
func (b *builder) newIDGenerator(ctx context.Context) (sdktrace.IDGenerator, error) {
	ids := b.addedParts.IDGenerator
	switch b.settings.IDGeneratorName {
	case "":
	case settings.RandomIDs:
		return nil, nil
	default:
		var err error
		if ids, err = registry.IDGenerators.Build(ctx, b.settings.IDGeneratorName, b.registryConfig("")); err != nil {
			return nil, fmt.Errorf("id generator: %w", err)
		}
	}
	if ids == nil {
		return nil, nil
	}
	return pipeline.NewAddedIDGenerator(describeComponent("id generator", ids), ids, b.reporter), nil
}
