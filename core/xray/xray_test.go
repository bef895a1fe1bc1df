package xray_test

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	_ "github.com/samespan/samespan/core/xray"
	"github.com/samespan/samespan/internal/logtest"
)

// TestIDsBeginWithTheTime proves that OTEL_GO_ID_GENERATOR=xray makes new trace IDs begin
// with the time in seconds, and that child spans are in the same trace and are exported.
func TestIDsBeginWithTheTime(t *testing.T) {
	collector := otlptest.Start(t)
	for _, variable := range append(collector.Env(), "OTEL_GO_ID_GENERATOR=XRay") {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	logger, _ := logtest.New()
	tel, err := core.Setup(t.Context(), core.WithLogger(logger))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.Background()) })
	if !strings.Contains(tel.String(), "id generator xray") {
		t.Errorf("want the generator in\n%s", tel)
	}

	startTime := time.Now().Unix()
	tracer := tel.TracerProvider().Tracer("orders")
	ctx, root := tracer.Start(t.Context(), "order")
	_, child := tracer.Start(ctx, "charge")
	child.End()
	root.End()
	endTime := time.Now().Unix()

	id := root.SpanContext().TraceID()
	if seconds := int64(binary.BigEndian.Uint32(id[:4])); seconds < startTime || seconds > endTime {
		t.Errorf("the trace ID %s begins with %d, want the time, from %d to %d", id, seconds, startTime, endTime)
	}
	if got := trace.SpanContextFromContext(ctx).TraceID(); child.SpanContext().TraceID() != id || got != id {
		t.Errorf("the child is in trace %s, want %s", child.SpanContext().TraceID(), id)
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for _, span := range collector.Spans() {
		if span.TraceID() != id.String() {
			t.Errorf("got trace %s, want %s", span.TraceID(), id)
		}
	}
	if n := len(collector.Spans()); n != 2 {
		t.Errorf("got %d spans, want 2", n)
	}
}
