package otlp

import (
	"errors"
	"testing"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"google.golang.org/grpc"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/core/internal/sanitize"
	"github.com/samespan/samespan/core/internal/settings"
)

// TestTracedMessagesAreNotReused proves that OpenTelemetry's own exporter is used if
// gRPC's tracing is enabled. gRPC then keeps the messages that were sent. Package
// spanwire must not be used, because it would overwrite their bytes.
func TestTracedMessagesAreNotReused(t *testing.T) {
	envtest.Clear(t)
	defer func(enabled bool) { grpc.EnableTracing = enabled }(grpc.EnableTracing)
	for _, tracing := range []bool{false, true} {
		grpc.EnableTracing = tracing
		exporter, release, err := NewCollector(settings.OTLP{Protocol: settings.ProtocolGRPC, Target: "localhost:1"}).buildSpanExporter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sanitizing, _ := exporter.(sanitize.SpanExporter)
		if _, ok := sanitizing.SpanExporter.(*otlptrace.Exporter); ok != tracing {
			t.Errorf("tracing %v: got a %T", tracing, exporter)
		}
		if err := errors.Join(exporter.Shutdown(t.Context()), release()); err != nil {
			t.Error(err)
		}
	}
}
