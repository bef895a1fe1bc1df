package httpserver

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// noopExchange is the exchange of every request if all telemetry is off, for example with
// OTEL_SDK_DISABLED. It has no state.
var noopExchange = &Exchange{mode: modeUnobserved}

// telemetryOffContext returns the context of a request if all telemetry is off. The caller's
// context is still propagated, unless the endpoint is public.
func (i *Instrumentation) telemetryOffContext(ctx context.Context, req *Request) context.Context {
	if i.engine.isPublic(req) {
		return i.engine.publicContext(ctx, req)
	}
	if sent, ok := i.engine.callerReader.Sent(req.Header); ok {
		if sent.None() {
			return ctx
		}
		return &propagatedContext{unrecordedContext{Context: ctx, headers: sent}}
	}
	parent := trace.SpanContextConfig{Remote: true}
	ctx, isCallerParent, _ := i.engine.chooseParent(ctx, req, &parent)
	if !isCallerParent || !i.engine.callerReader.ReadsItself() {
		return ctx
	}
	callerCtx := new(contextvalue.Context)
	callerCtx.Init(ctx, &parent)
	return callerCtx
}
