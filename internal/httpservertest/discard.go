package httpservertest

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
)

// Discarding returns an engine for benchmarks. It uses the SDK, with processors and
// readers that discard the telemetry.
func Discarding(t testing.TB, config httpserver.Config) *httpserver.Engine {
	t.Helper()
	config.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(discardProcessor{}))
	config.MeterProvider = metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	engine, err := httpserver.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// discardProcessor is a span processor that discards recorded spans.
type discardProcessor struct{ sdktrace.SpanProcessor }

func (discardProcessor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discardProcessor) OnEnd(sdktrace.ReadOnlySpan)                     {}
