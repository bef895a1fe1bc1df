package providers

import (
	"context"

	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// CheckView checks that the view returns a valid stream for each metric of HTTP servers.
// If it does not, for example because the stream is a sum of a histogram, CheckView
// returns the name of the metric and the SDK's error: the middleware could not create the
// instrument later. A view that panics matches nothing.
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
