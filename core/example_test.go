package core_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/samespan/samespan/core"
)

// A service sets up its telemetry first. Telemetry.Serve then runs the server.
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

// A task continues after its request has been answered, in a new trace that
// links to the request's.
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

// Log records are exported like traces and metrics, and printed with the trace
// and span ids.
func ExampleTelemetry_LogHandler() {
	// This example starts the span itself; in a service, the framework's
	// middleware does. WithDevelopment replaces the collector.
	tel, err := core.Setup(context.Background(), core.WithDevelopment(io.Discard))
	if err != nil {
		slog.Error("telemetry cannot be set up", "error", err)
		os.Exit(1)
	}
	ctx, span := tel.TracerProvider().Tracer("example").Start(context.Background(), "place order")

	printing := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: replaceUnstableAttrs})
	logger := slog.New(tel.LogHandler("orders", printing))
	logger.InfoContext(ctx, "order placed", "order", 17)
	logger.WithGroup("order").WarnContext(ctx, "no stock", "id", 17)
	logger.Info("no span, no ids")
	span.End()
	if err := tel.Shutdown(context.Background()); err != nil {
		slog.Error("telemetry is lost", "error", err)
	}
	// Output:
	// level=INFO msg="order placed" order=17 trace_id=… span_id=… trace_flags=01
	// level=WARN msg="no stock" trace_id=… span_id=… trace_flags=01 order.id=17
	// level=INFO msg="no span, no ids"
}

// replaceUnstableAttrs removes or replaces the attributes that differ in every run.
func replaceUnstableAttrs(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey:
		return slog.Attr{}
	case "trace_id", "span_id":
		return slog.String(a.Key, "…")
	}
	return a
}

// The effective configuration can be printed or logged. It has no credentials.
func ExampleTelemetry_String() {
	tel, err := core.Setup(context.Background(),
		core.WithServiceName("orders"),
		core.WithExclude("healthz", "GET /docs/**"),
		core.WithLogger(slog.New(slog.DiscardHandler)), // keeps Setup quiet
		core.WithDevelopment(io.Discard),
	)
	if err != nil {
		slog.Error("telemetry cannot be set up", "error", err)
		os.Exit(1)
	}
	for line := range strings.Lines(tel.String()) {
		if !strings.HasPrefix(line, "service: ") && !strings.HasPrefix(line, "http.") || strings.HasPrefix(line, "http.excluded") {
			fmt.Print(line)
		}
	}
	if err := tel.Shutdown(context.Background()); err != nil {
		slog.Error("telemetry is lost", "error", err)
	}
	// Output:
	// traces: console, as trees, sampler parentbased_always_on
	// metrics: off
	// logs: off
	// propagators: tracecontext,baggage
	// http.excluded: /healthz,GET /docs/**
	// shutdown: timeout 5s, grace period 25s, drain delay 0s
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
