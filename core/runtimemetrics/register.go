package runtimemetrics

import (
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/core/register"
)

//nolint:gochecknoinits // a service registers the metrics by importing the package
func init() {
	register.RuntimeMetrics(func(provider metric.MeterProvider) error {
		return runtime.Start(runtime.WithMeterProvider(provider))
	})
}
