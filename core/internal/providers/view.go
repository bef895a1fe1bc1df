package providers

import (
	"context"

	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// CheckView checks that the view returns a valid stream for each metric of HTTP servers,
// because the middleware could otherwise not create the instrument. If a stream is
// invalid, for example because it selects the last value for a histogram, CheckView
// returns the name of the metric and the SDK's error. It returns no error for a view that
// panics, which counts as a view that matches nothing.
func CheckView(view sdkmetric.View) (name string, err error) {
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()), sdkmetric.WithView(view))
	defer func() {
		if recover() != nil {
			name, err = "", nil
		}
		_ = provider.Shutdown(context.Background())
	}()
	meter := provider.Meter("github.com/samespan/samespan/core")
	for name, create := range map[string]func(string) error{
		"http.server.request.duration":   func(name string) error { _, err := meter.Float64Histogram(name, metric.WithUnit("s")); return err },
		"http.server.request.body.size":  func(name string) error { _, err := meter.Int64Histogram(name, metric.WithUnit("By")); return err },
		"http.server.response.body.size": func(name string) error { _, err := meter.Int64Histogram(name, metric.WithUnit("By")); return err },
		"http.server.active_requests": func(name string) error {
			_, err := meter.Int64UpDownCounter(name, metric.WithUnit("{request}"))
			return err
		},
	} {
		if err := create(name); err != nil {
			return name, err
		}
	}
	return "", nil
}
