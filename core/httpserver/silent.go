package httpserver

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// silentExchange stands for every exchange where nobody takes telemetry, as
// with OTEL_SDK_DISABLED: it has no state.
var silentExchange = &Exchange{mode: modeUnobserved}

// passOn returns the context of a request where nobody takes telemetry: what
// the caller sent along is passed on to the services that are called, unless
// the endpoint is public.
func (in *Instrumentation) passOn(ctx context.Context, req *Request) context.Context {
	if in.engine.isPublic(req) {
		return ctx
	}
	parent := trace.SpanContextConfig{Remote: true}
	ctx, called, _ := in.engine.parent(ctx, req, &parent)
	if !called || !in.engine.callers.ReadsItself() {
		return ctx
	}
	passed := new(contextvalue.Context)
	passed.Init(ctx, trace.NewSpanContext(parent))
	return passed
}
