package httpserver

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/suppress"
	"github.com/samespan/samespan/internal/contextvalue"
)

// excludedExchange is the exchange of every excluded request. It has no state.
var excludedExchange = &Exchange{mode: modeUnobserved}

// suppressedContext returns the context of an excluded request. It has the caller's trace
// and baggage, but is not sampled, so that neither spans in this service nor called
// services record the request. On a public endpoint, it has a new trace, and the baggage
// is dropped unless PublicBaggage is set.
func (e *Engine) suppressedContext(ctx context.Context, req *Request) context.Context {
	if e.isPublic(req) {
		return suppress.InTrace(e.publicContext(ctx, req), trace.SpanContext{})
	}
	if sent, ok := e.callerReader.Sent(req.Header); ok {
		return &excludedContext{unrecordedContext{Context: ctx, headers: sent}}
	}
	var caller trace.SpanContextConfig
	ctx, isCallerParent, _ := e.chooseParent(ctx, req, &caller)
	if !isCallerParent {
		return suppress.Context(ctx)
	}
	caller.TraceFlags = caller.TraceFlags.WithSampled(false)
	return contextvalue.Suppress(ctx, &caller)
}
