package core_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/samespan/samespan/core"
)

// A service sets its telemetry up first, and lets it run the server.
func ExampleSetup() {
	ctx := context.Background()
	tel, err := core.Setup(ctx,
		core.WithServiceName("orders"),
		core.WithExclude("healthz", "metrics", "docs"),
	)
	if err != nil {
		slog.Error("telemetry cannot be set up", "error", err)
		os.Exit(1)
	}
	server := &http.Server{Addr: ":8080", Handler: http.NotFoundHandler()}
	if err := tel.Serve(ctx, server); err != nil {
		slog.Error("the service has not ended well", "error", err)
		os.Exit(1)
	}
}

// A task goes on after its request has been answered, as a trace of its own
// that links to the request's.
func ExampleTelemetry_Go() {
	tel, err := core.Setup(context.Background())
	if err != nil {
		slog.Error("telemetry cannot be set up", "error", err)
		os.Exit(1)
	}
	sendReceipt := func(ctx context.Context, order string) error {
		slog.InfoContext(ctx, "receipt sent", "order", order)
		return nil
	}

	http.HandleFunc("POST /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		order := r.PathValue("id")
		tel.Go(r.Context(), "send receipt", func(ctx context.Context) error {
			return sendReceipt(ctx, order)
		})
		w.WriteHeader(http.StatusAccepted)
	})
}

// Traces are printed as trees, and no collector is needed.
// OTEL_TRACES_EXPORTER=console does the same.
func ExampleWithDevelopment() {
	tel, err := core.Setup(context.Background(), core.WithDevelopment(os.Stdout))
	if err != nil {
		slog.Error("telemetry cannot be set up", "error", err)
		os.Exit(1)
	}
	_, span := tel.TracerProvider().Tracer("example").Start(context.Background(), "work")
	span.End()
	if err := tel.Shutdown(context.Background()); err != nil {
		slog.Error("telemetry is lost", "error", err)
	}
}
