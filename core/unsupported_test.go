//go:build unix

package core

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/log"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// startTracesOnlyBackend starts a backend that accepts traces, but neither metrics nor
// logs. It returns the endpoint of the backend.
func startTracesOnlyBackend(t *testing.T, protocol string) string {
	t.Helper()
	if protocol == settings.ProtocolHTTP {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if r.URL.Path != "/v1/traces" {
				http.NotFound(w, r)
				return
			}
			body, _ := proto.Marshal(new(coltrace.ExportTraceServiceResponse))
			w.Header().Set("Content-Type", "application/x-protobuf")
			_, _ = w.Write(body)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	coltrace.RegisterTraceServiceServer(server, traceService{receiver: new(receiver)})
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); <-done })
	return "http://" + listener.Addr().String()
}

// TestUnsupportedSignalIsReportedOnce proves that signals that the backend does not
// accept are reported once each.
func TestUnsupportedSignalIsReportedOnce(t *testing.T) {
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		t.Run(protocol, func(t *testing.T) {
			logger, logged := logtest.New()
			tel := setup(t, []string{
				"OTEL_EXPORTER_OTLP_ENDPOINT", startTracesOnlyBackend(t, protocol), "OTEL_EXPORTER_OTLP_PROTOCOL", protocol,
			}, WithLogger(logger))
			counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				endSpans(t, tel, 1)
				counter.Add(t.Context(), 1)
				tel.LoggerProvider().Logger("test").Emit(t.Context(), log.Record{})
				if err := tel.ForceFlush(t.Context()); !errors.Is(err, ErrLost) {
					t.Errorf("got %v from ForceFlush, want what was lost", err)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := awaitResult(t, serve(ctx, tel, new(http.Server))); err != nil {
				t.Errorf("got %v from Serve, want nil", err)
			}
			if err := tel.Shutdown(t.Context()); !errors.Is(err, ErrLost) || strings.Contains(err.Error(), "traces") {
				t.Errorf("got %v from Shutdown, want what was lost of metrics", err)
			}
			for _, advice := range []string{"set OTEL_METRICS_EXPORTER=none", "set OTEL_LOGS_EXPORTER=none"} {
				if got := strings.Count(logged.String(), advice); got != 1 {
					t.Errorf("got %d lines with %q, want 1:\n%s", got, advice, logged)
				}
			}
			if stats := tel.Stats(); stats.Traces.Exported != 3 || stats.Metrics.Failed < 3 || stats.Logs.Failed != 3 {
				t.Errorf("got %+v", stats)
			}
			if !logged.Line("lost since the start", "logs.failed=3") {
				t.Errorf("got %q, want the counts at the end", logged)
			}
		})
	}
}
