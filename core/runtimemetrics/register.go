package runtimemetrics

import (
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/core/register"
)

//nolint:gochecknoinits // an import is how a service asks for the metrics
func init() {
	register.RuntimeMetrics(func(provider metric.MeterProvider) error {
		return runtime.Start(runtime.WithMeterProvider(provider))
	})
}
