package console

import (
	"context"
	"fmt"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/internal/logtest"
)

func TestHeldTracesAreLimited(t *testing.T) {
	output := new(logtest.Buffer)
	line := pipeline.NewLifetime(nil)
	queue := &pipeline.Queue{Counter: account.NewCounter("traces", "span", "span", selflog.NewReporter(nil)), Limit: MaxQueue}
	p := NewTreeProcessor(NewWriter(output), queue, line)
	defer func() { _ = p.Shutdown(context.Background()) }()
	tracer := sdktrace.NewTracerProvider().Tracer("test")
	for i := range maxHeldTraces + 10 {
		_, span := tracer.Start(t.Context(), fmt.Sprint(i))
		p.OnStart(t.Context(), span.(sdktrace.ReadWriteSpan))
	}
	if got := len(p.heldTraces); got != maxHeldTraces {
		t.Errorf("got %d traces held, want %d", got, maxHeldTraces)
	}
	ctx, root := tracer.Start(t.Context(), "root")
	p.OnStart(t.Context(), root.(sdktrace.ReadWriteSpan))
	for range maxHeldSpans + 10 {
		_, span := tracer.Start(ctx, "child")
		p.OnStart(ctx, span.(sdktrace.ReadWriteSpan))
		p.OnEnd(span.(sdktrace.ReadWriteSpan))
	}
	if p.heldSpanCount > maxHeldSpans {
		t.Errorf("got %d spans held, want at most %d", p.heldSpanCount, maxHeldSpans)
	}
}
