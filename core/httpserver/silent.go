package httpserver

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// silentExchange is the exchange of every request if all telemetry is off, as
// with OTEL_SDK_DISABLED. It has no state.
var silentExchange = &Exchange{mode: modeUnobserved}

// passOn returns the context of a request if all telemetry is off: the caller's
// context is propagated, unless the endpoint is public.
func (in *Instrumentation) passOn(ctx context.Context, req *Request) context.Context {
	if in.engine.isPublic(req) {
		return in.engine.publicContext(ctx, req)
	}
	if sent, ok := in.engine.callers.Sent(req.Header); ok {
		if sent.None() {
			return ctx
		}
		return &passedOn{unrecorded{Context: ctx, sent: sent}}
	}
	parent := trace.SpanContextConfig{Remote: true}
	ctx, called, _ := in.engine.parent(ctx, req, &parent)
	if !called || !in.engine.callers.ReadsItself() {
		return ctx
	}
	passed := new(contextvalue.Context)
	sc := trace.NewSpanContext(parent)
	passed.Init(ctx, &sc)
	return passed
}
