package httpserver

import (
	"context"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// chooseParent chooses the parent of a request's span: either a local span in ctx, or the
// caller's span. It stores the span context of the caller in caller, even if the local
// span is the parent.
//
// The local span is the parent in three cases: it is another library's SERVER span, it is
// in the caller's trace, or there is no caller. Otherwise the caller's span is the
// parent. The local span may be in another trace because an outer middleware started it
// before the caller's context was extracted.
//
// parentCtx is ctx with the caller's baggage. It also has the parent's span, with one
// exception: if the caller's span is the parent and the propagator is the default, only
// *caller has it. Without a context for it, a request needs fewer allocations.
// isCallerParent reports whether the caller's span is the parent.
// isUnderServerSpan reports whether another library's SERVER span is the parent.
func (e *Engine) chooseParent(ctx context.Context, req *Request, caller *trace.SpanContextConfig) (parentCtx context.Context, isCallerParent, isUnderServerSpan bool) {
	var hasCaller bool
	if e.callerReader.ReadsItself() {
		parentCtx, hasCaller = e.callerReader.Caller(ctx, req.Header, caller)
	} else {
		parentCtx, hasCaller = e.extractCaller(ctx, req, caller)
	}
	if !hasCaller {
		*caller = trace.SpanContextConfig{} // discard the valid part of an invalid header
	}
	if !contextvalue.HasSpan(ctx) {
		return parentCtx, hasCaller, false
	}
	local := trace.SpanFromContext(ctx)
	if !isLocalSpan(local) {
		return parentCtx, hasCaller, false
	}
	isCallerParent, isUnderServerSpan = hasCaller, isServerSpan(local)
	if hasCaller && isLocalParent(local, caller.TraceID) {
		isCallerParent = false
		if !e.callerReader.ReadsItself() {
			parentCtx = trace.ContextWithSpan(parentCtx, local)
		}
	}
	return parentCtx, isCallerParent, isUnderServerSpan
}

// extractCaller extracts the caller's context with the user's propagator. If the
// propagator panics, there is no caller.
func (e *Engine) extractCaller(ctx context.Context, req *Request, caller *trace.SpanContextConfig) (parentCtx context.Context, hasCaller bool) {
	parentCtx = ctx
	e.propagatorRunner.run(func() { parentCtx, hasCaller = e.callerReader.Caller(ctx, req.Header, caller) })
	return parentCtx, hasCaller
}

// isLocalParent reports whether span, which is in the request's context, is the parent of
// the server span. If it is not, the caller's span is the parent.
func isLocalParent(span trace.Span, callerTrace trace.TraceID) bool {
	return isLocalSpan(span) && (isServerSpan(span) || span.SpanContext().TraceID() == callerTrace)
}

// isLocalSpan reports whether a span was started in this process.
func isLocalSpan(span trace.Span) bool {
	sc := span.SpanContext()
	return sc.IsValid() && !sc.IsRemote()
}

// isServerSpan reports whether a span is of kind SERVER.
func isServerSpan(span trace.Span) bool {
	spanWithKind, ok := span.(interface{ SpanKind() trace.SpanKind })
	return ok && spanWithKind.SpanKind() == trace.SpanKindServer
}

// publicContext returns ctx for a request to a public endpoint. It adds the caller's
// baggage if PublicBaggage is set.
func (e *Engine) publicContext(ctx context.Context, req *Request) context.Context {
	if !e.keepPublicBaggage {
		return ctx
	}
	var ignored trace.SpanContextConfig
	callerCtx, _, _ := e.chooseParent(ctx, req, &ignored)
	return withBaggage(ctx, callerCtx)
}

// withBaggage returns ctx with the baggage of source.
func withBaggage(ctx, source context.Context) context.Context {
	if b := baggage.FromContext(source); b.Len() > 0 {
		return baggage.ContextWithBaggage(ctx, b)
	}
	return ctx
}
