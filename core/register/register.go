// Package register registers exporters, samplers and id generators by name, so that
// environment variables can select them. It also registers the metrics of the Go runtime.
// A package calls register when it is imported:
//
//	func init() { register.MetricReader("prometheus", newReader) }
//
// and a service imports that package:
//
//	import _ "github.com/samespan/samespan/core/prometheus"
//
// With this import, Setup of package core accepts the name, as it accepts "otlp". If the
// variable contains the name, Setup calls the registered function once. Without the
// import, the name makes Setup return an error. The component that the function returns is
// flushed and shut down within the same time limits as the components that options of core
// add. If the function returns an error, Setup returns it; the error should name the bad
// variable, its value and what would be right.
//
// Names are in lower case, as in the specification; values of variables are
// case-insensitive. The functions panic if a name is already registered or is built into
// core. The functions are safe for concurrent use.
package register

import (
	"context"

	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/registry"
)

// SpanExporter registers a span exporter for OTEL_TRACES_EXPORTER. The exporter gets its
// own queue.
func SpanExporter(name string, build func(context.Context) (sdktrace.SpanExporter, error)) {
	registry.SpanExporters.Register(name, withoutConfig(build))
}

// MetricExporter registers a metric exporter for OTEL_METRICS_EXPORTER. The exporter is
// called every OTEL_METRIC_EXPORT_INTERVAL.
func MetricExporter(name string, build func(context.Context) (sdkmetric.Exporter, error)) {
	registry.MetricExporters.Register(name, withoutConfig(build))
}

// MetricReader registers a metric reader, such as a pull exporter, for
// OTEL_METRICS_EXPORTER. The reader's Shutdown must stop everything that the reader has
// started, such as a server.
func MetricReader(name string, build func(context.Context) (sdkmetric.Reader, error)) {
	registry.MetricReaders.Register(name, withoutConfig(build))
}

// LogExporter registers a log exporter for OTEL_LOGS_EXPORTER. The exporter gets its own
// queue.
func LogExporter(name string, build func(context.Context) (sdklog.Exporter, error)) {
	registry.LogExporters.Register(name, withoutConfig(build))
}

// SamplerConfig is the argument of functions passed to [Sampler]. Later versions may add
// fields.
type SamplerConfig struct {
	// ServiceName is service.name of the resource.
	ServiceName string
	// Argument is OTEL_TRACES_SAMPLER_ARG, or empty if it is not set.
	Argument string
	// Report logs an error of the sampler. It may be called at any time and from any
	// goroutine, even while Setup still runs, when OpenTelemetry's error handler is
	// muted. A repeated error is logged once a minute.
	Report func(error)
}

// Sampler registers a sampler for OTEL_TRACES_SAMPLER. If the sampler has a method
// Shutdown(context.Context) error, the shutdown calls it.
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
	registry.IDGenerators.Register(name, withoutConfig(build))
}

// RuntimeMetrics registers a function that starts the metrics of the Go runtime. Setup
// calls start with its meter provider if OTEL_GO_RUNTIME_METRICS, or WithRuntimeMetrics
// of package core, enables the metrics. Callbacks that start
// registers with Meter.RegisterCallback are no longer called after the shutdown. If several
// calls of Setup share a meter provider, start is called once, and the callbacks end with the
// last shutdown. Callbacks that are options of an instrument never end if the service has
// built the provider.
func RuntimeMetrics(start func(metric.MeterProvider) error) {
	registry.RuntimeMetrics.Register(start)
}

// withoutConfig adapts a build function that takes no configuration.
func withoutConfig[T any](build func(context.Context) (T, error)) func(context.Context, registry.Config) (T, error) {
	if build == nil {
		return nil
	}
	return func(ctx context.Context, _ registry.Config) (T, error) { return build(ctx) }
}
