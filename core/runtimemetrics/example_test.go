package runtimemetrics_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/samespan/samespan/core"
	_ "github.com/samespan/samespan/core/runtimemetrics"
)

// WithRuntimeMetrics adds metrics about memory, goroutines and garbage collection to the
// metrics of the service. With the import, OTEL_GO_RUNTIME_METRICS=true does the same.
func Example() {
	tel, err := core.Setup(context.Background(), core.WithServiceName("orders"), core.WithRuntimeMetrics())
	if err != nil {
		slog.Error("telemetry cannot be set up", "error", err)
		os.Exit(1)
	}
	if err := tel.Serve(context.Background(), &http.Server{Addr: ":8080", Handler: http.NotFoundHandler()}); err != nil {
		slog.Error("the service has not ended well", "error", err)
		os.Exit(1)
	}
}
