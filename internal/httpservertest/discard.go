package httpservertest

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
)

// Discarding returns an engine for benchmarks: over the SDK, which records
// spans and measures, with nothing that keeps them.
func Discarding(t testing.TB, config httpserver.Config) *httpserver.Engine {
	t.Helper()
	config.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(discard{}))
	config.MeterProvider = metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	engine, err := httpserver.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// discard makes spans recorded and keeps none.
type discard struct{ sdktrace.SpanProcessor }

func (discard) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discard) OnEnd(sdktrace.ReadOnlySpan)                     {}
