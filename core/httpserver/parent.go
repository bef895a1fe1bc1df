package httpserver

import (
	"context"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// chooseParent chooses the parent of a request's span: a local span in ctx, or the
// caller's span, whose span context it stores in caller.
//
// The local span is the parent if it is another library's SERVER span, if it is
// in the caller's trace, or if there is no caller. If it is in another trace,
// for example because a middleware further out has started it before the
// caller's context was extracted, the caller's span is the parent.
//
// It returns ctx with the caller's baggage and, for a propagator other than the
// default, with the parent. called reports whether the caller's span is the
// parent, and server whether another library's SERVER span is. caller is set
// even if it is not the parent.
func (e *Engine) chooseParent(ctx context.Context, req *Request, caller *trace.SpanContextConfig) (under context.Context, called, server bool) {
	if e.callerReader.ReadsItself() {
		under, called = e.callerReader.Caller(ctx, req.Header, caller)
	} else {
		under, called = e.extractCaller(ctx, req, caller)
	}
	if !called {
		*caller = trace.SpanContextConfig{} // discard what could be read of an invalid header
	}
	if !contextvalue.HasSpan(ctx) {
		return under, called, false
	}
	local := trace.SpanFromContext(ctx)
	if !isLocalSpan(local) {
		return under, called, false
	}
	server = isServerSpan(local)
	if called && localIsParent(local, caller.TraceID) {
		called = false
		if !e.callerReader.ReadsItself() {
			under = trace.ContextWithSpan(under, local)
		}
	}
	return under, called, server
}

// extractCaller has the user's propagator extract the caller. If it panics, there is
// no caller.
func (e *Engine) extractCaller(ctx context.Context, req *Request, caller *trace.SpanContextConfig) (under context.Context, called bool) {
	under = ctx
	e.propagatorHook.run(func() { under, called = e.callerReader.Caller(ctx, req.Header, caller) })
	return under, called
}

// localIsParent reports whether span, which is in a request's context, is the
// parent, and not the caller's span, which is in the trace called.
func localIsParent(span trace.Span, called trace.TraceID) bool {
	return isLocalSpan(span) && (isServerSpan(span) || span.SpanContext().TraceID() == called)
}

// isLocalSpan reports whether a span is one of this process.
func isLocalSpan(span trace.Span) bool {
	sc := span.SpanContext()
	return sc.IsValid() && !sc.IsRemote()
}

// isServerSpan reports whether the kind of a span is SERVER.
func isServerSpan(span trace.Span) bool {
	kinded, ok := span.(interface{ SpanKind() trace.SpanKind })
	return ok && kinded.SpanKind() == trace.SpanKindServer
}

// publicContext returns ctx for a request to a public endpoint, with the caller's
// baggage where that is kept.
func (e *Engine) publicContext(ctx context.Context, req *Request) context.Context {
	if !e.publicBaggage {
		return ctx
	}
	var ignored trace.SpanContextConfig
	under, _, _ := e.chooseParent(ctx, req, &ignored)
	return withBaggage(ctx, under)
}

// withBaggage returns ctx with the baggage of from.
func withBaggage(ctx, from context.Context) context.Context {
	if b := baggage.FromContext(from); b.Len() > 0 {
		return baggage.ContextWithBaggage(ctx, b)
	}
	return ctx
}
