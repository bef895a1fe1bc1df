package httpserver_test

import (
	"sync"
	"testing"

	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestUnrecordedCallerIsParsedOnLookup proves that the context of an unrecorded request has
// the caller's span, even if a handler modifies the headers before the first lookup of the
// span. Concurrent goroutines get the same span.
func TestUnrecordedCallerIsParsedOnLookup(t *testing.T) {
	excluding := instrument(t, httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}}))
	disabled, err := httpserver.New(httpserver.Config{TracerProvider: nooptrace.NewTracerProvider(), MeterProvider: noopmetric.NewMeterProvider()})
	if err != nil {
		t.Fatal(err)
	}
	for name, instrumentation := range map[string]*httpserver.Instrumentation{
		"excluded": excluding, "no providers": httpserver.MustInstrument(disabled, testFramework),
	} {
		t.Run(name, func(t *testing.T) {
			req := newRequest("/healthz", "Traceparent", traceparent, "Tracestate", "a=1", "Tracestate", "b=2")
			ctx, _ := instrumentation.Start(t.Context(), req)
			// A handler may modify the headers before the span is looked up.
			for _, name := range []string{"Traceparent", "Tracestate"} {
				req.Header.Values(name)[0] = "changed"
			}
			got := callConcurrently(t, func() trace.SpanContext { return trace.SpanContextFromContext(ctx) })
			if got.TraceID().String() != callerTraceID || got.TraceState().String() != "a=1,b=2" {
				t.Errorf("got %v with state %q, want the caller's trace with a=1,b=2", got, got.TraceState())
			}
		})
	}
	t.Run("excluded without a caller", func(t *testing.T) {
		ctx, _ := excluding.Start(t.Context(), newRequest("/healthz"))
		if got := callConcurrently(t, func() trace.SpanContext { return trace.SpanContextFromContext(ctx) }); !got.IsValid() || got.IsSampled() {
			t.Errorf("got %+v, want a trace that is not sampled", got)
		}
	})
	t.Run("no providers, malformed traceparent", func(t *testing.T) {
		ctx, _ := httpserver.MustInstrument(disabled, testFramework).Start(t.Context(), newRequest("/", "Traceparent", "00-none"))
		if got := trace.SpanContextFromContext(ctx); got.IsValid() {
			t.Errorf("got %+v, want no caller", got)
		}
	})
}

// callConcurrently calls lookup in several goroutines and returns the result, which must be
// the same in all of them.
func callConcurrently(t *testing.T, lookup func() trace.SpanContext) trace.SpanContext {
	t.Helper()
	var answers [8]trace.SpanContext
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i] = lookup() })
	}
	group.Wait()
	for _, answer := range answers[1:] {
		if !answer.Equal(answers[0]) {
			t.Errorf("got %v and %v from one context", answers[0], answer)
		}
	}
	return answers[0]
}
