// Package register makes exporters, samplers and generators of ids known by name,
// so that a variable can ask for them. A package does it when it is imported:
//
//	func init() { register.MetricReader("prometheus", newReader) }
//
// and a service imports that package for its effect:
//
//	import _ "github.com/samespan/samespan/core/prometheus"
//
// Setup of package core then takes the name as it takes "otlp", and calls the
// function: once for each Setup whose variable has the name. Without the import
// the name is an error of Setup. What the function returns is flushed, shut down
// and bounded like what an option of core adds; an error of it is an error of
// Setup, and should name the variable that is wrong, its value and what would be
// right.
//
// A name is in lower case, as the specification of the variables has them; the
// variable may have any case. Registering a name twice, or one of core's own,
// panics. The functions may be called from several goroutines.
package register

import (
	"context"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/registry"
)

// SpanExporter registers an exporter of spans for OTEL_TRACES_EXPORTER. It gets a
// queue of its own.
func SpanExporter(name string, build func(context.Context) (sdktrace.SpanExporter, error)) {
	registry.SpanExporters.Register(name, without(build))
}

// MetricExporter registers an exporter of metrics for OTEL_METRICS_EXPORTER. It is
// called every OTEL_METRIC_EXPORT_INTERVAL.
func MetricExporter(name string, build func(context.Context) (sdkmetric.Exporter, error)) {
	registry.MetricExporters.Register(name, without(build))
}

// MetricReader registers a reader of metrics, such as one that is scraped, for
// OTEL_METRICS_EXPORTER. Its Shutdown ends what it has started, such as a server.
func MetricReader(name string, build func(context.Context) (sdkmetric.Reader, error)) {
	registry.MetricReaders.Register(name, without(build))
}

// LogExporter registers an exporter of log records for OTEL_LOGS_EXPORTER. It gets
// a queue of its own.
func LogExporter(name string, build func(context.Context) (sdklog.Exporter, error)) {
	registry.LogExporters.Register(name, without(build))
}

// SamplerConfig is what a function of [Sampler] is given. It may get further
// fields.
type SamplerConfig struct {
	// ServiceName is service.name of the resource.
	ServiceName string
	// Argument is OTEL_TRACES_SAMPLER_ARG, empty if that is not set.
	Argument string
}

// Sampler registers a sampler for OTEL_TRACES_SAMPLER. If it has a method
// Shutdown(context.Context) error, that is called at the end.
func Sampler(name string, build func(context.Context, SamplerConfig) (sdktrace.Sampler, error)) {
	registry.Samplers.Register(name, func() func(context.Context, registry.Config) (sdktrace.Sampler, error) {
		if build == nil {
			return nil
		}
		return func(ctx context.Context, config registry.Config) (sdktrace.Sampler, error) {
			return build(ctx, SamplerConfig(config))
		}
	}())
}

// IDGenerator registers a generator of trace and span ids for
// OTEL_GO_ID_GENERATOR.
func IDGenerator(name string, build func(context.Context) (sdktrace.IDGenerator, error)) {
	registry.IDGenerators.Register(name, without(build))
}

// without returns build as one that is given no configuration.
func without[T any](build func(context.Context) (T, error)) func(context.Context, registry.Config) (T, error) {
	if build == nil {
		return nil
	}
	return func(ctx context.Context, _ registry.Config) (T, error) { return build(ctx) }
}
