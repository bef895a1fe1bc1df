package core

import (
	"fmt"

	"go.opentelemetry.io/contrib/instrumentation/runtime"
)

// observeRuntime registers the metrics of the Go runtime. They are read when
// metrics are collected, and end with the provider.
func (t *Telemetry) observeRuntime(wanted bool) error {
	if !wanted || t.metrics.provider == nil {
		return nil
	}
	if err := runtime.Start(runtime.WithMeterProvider(t.meterProvider)); err != nil {
		return fmt.Errorf("core: metrics of the Go runtime: %w", err)
	}
	return nil
}
