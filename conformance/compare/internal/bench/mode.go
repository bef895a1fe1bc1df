package bench

import (
	"context"

	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core"
)

// Mode is a situation in which the cost of a request is measured.
type Mode struct {
	Name string
	// About describes the situation.
	About string

	// unsampled is set if the caller is not sampled.
	unsampled bool
	// excluded is set if the request matches an exclusion rule.
	excluded bool
	// noMetrics is set if metrics are off.
	noMetrics bool
	// noop is set if the providers are no-op providers.
	noop bool
	// measuresPeers is set if the vendors' instrumentations are measured too.
	measuresPeers bool
	// startsChild makes the handler start a child span.
	startsChild bool
	// workers is the number of concurrent workers.
	workers int
	// yields makes the handler yield the processor, so that there are as many requests in
	// progress as workers.
	yields bool
}

// Modes are all modes.
var Modes = []Mode{
	{Name: "sampled", About: "the caller is sampled; traces and metrics are on", workers: 1, measuresPeers: true},
	{Name: "no metrics", About: "the caller is sampled; metrics are off", noMetrics: true, workers: 1},
	{Name: "unsampled", About: "the caller is not sampled", unsampled: true, workers: 1},
	{Name: "excluded", About: "a health check that the rules exclude", excluded: true, workers: 1},
	{Name: "no-op", About: "the providers do nothing; the caller's trace context is propagated", noop: true, workers: 1},
	{Name: "child", About: "as sampled, and the handler starts a span", startsChild: true, workers: 1},
	{Name: "parallel", About: "as sampled, on two cores at the same time", workers: 2},
}

// The parts of the requests that are sent to all variants, and of their responses.
const (
	requestPath   = "/process/12345"
	excludedPath  = "/healthz" // replaces requestPath in the mode "excluded"
	requestHost   = "shop.example:8080"
	clientAddress = "192.0.2.7:51234"
	userAgent     = "Go-http-client/1.1"
	responseBody  = "{\"item_id\":\"12345\",\"status\":\"processed\"}"

	// The traceparent headers of a sampled caller and of one that is not sampled.
	sampledTraceparent   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampledTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

// recordsNothing reports whether requests produce no telemetry.
func (m *Mode) recordsNothing() bool { return m.excluded || m.noop }

// callerTraceparent returns the traceparent that the caller sends.
func (m *Mode) callerTraceparent() string {
	if m.unsampled {
		return unsampledTraceparent
	}
	return sampledTraceparent
}

// telemetry has the OpenTelemetry providers of a variant.
type telemetry struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator
}

// newTelemetry returns new SDK providers for a variant. The variant [Ours] has the sampler
// of core.Setup, and other variants have the SDK's default sampler. Spans go to a processor
// that discards them, so that exports are not measured.
func (m *Mode) newTelemetry(variant string, processors ...sdktrace.SpanProcessor) telemetry {
	t := telemetry{
		tracers:    nooptrace.NewTracerProvider(),
		meters:     noopmetric.NewMeterProvider(),
		propagator: propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
	}
	if m.noop {
		return t
	}
	options := []sdktrace.TracerProviderOption{sdktrace.WithSpanProcessor(noopProcessor{})}
	if variant == Ours {
		options = append(options, sdktrace.WithSampler(core.Sampler(nil)))
	}
	for _, p := range processors {
		options = append(options, sdktrace.WithSpanProcessor(p))
	}
	t.tracers = sdktrace.NewTracerProvider(options...)
	if !m.noMetrics {
		t.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	}
	return t
}

// noopProcessor is a span processor that does nothing.
type noopProcessor struct{}

func (noopProcessor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (noopProcessor) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (noopProcessor) Shutdown(context.Context) error                  { return nil }
func (noopProcessor) ForceFlush(context.Context) error                { return nil }
