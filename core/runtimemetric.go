package core

import (
	"fmt"

	"go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/core/internal/account"
)

// observeSDK registers the metrics of the telemetry itself.
func (t *Telemetry) observeSDK(wanted bool) error {
	meter := t.meterProvider.Meter(scopeName, metric.WithInstrumentationVersion(Version), metric.WithSchemaURL(semconv.SchemaURL))
	return account.ObserveSDK(meter, wanted,
		account.Signal{Counter: t.traces.Counter, Queue: t.traces.Queue},
		account.Signal{Counter: t.logs.Counter, Queue: t.logs.Queue},
		account.Signal{Counter: t.metrics.Counter, Points: t.points})
}

// observeRuntime registers the metrics of the Go runtime. They are read when
// metrics are collected, and end with the provider.
func (t *Telemetry) observeRuntime(wanted bool) error {
	if !wanted || t.metrics.Provider == nil {
		return nil
	}
	if err := runtime.Start(runtime.WithMeterProvider(t.meterProvider)); err != nil {
		return fmt.Errorf("core: metrics of the Go runtime: %w", err)
	}
	return nil
}
