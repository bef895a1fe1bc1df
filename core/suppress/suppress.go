// Package suppress marks contexts in which no spans are recorded: the contexts of
// excluded requests and of the work done for these requests.
//
// A suppressed context has an unsampled span context. A span started with it is
// therefore not recorded by a parent-based sampler, nor by any sampler of
// core.Setup or core.Sampler, and an outgoing call tells the next service not
// to record. The engine of package httpserver suppresses the contexts of
// excluded requests, and records no request in a suppressed context.
//
// Other instrumentation, for example of HTTP clients, gRPC or messaging, should call
// [Context] for what it excludes, after extracting the caller's context, and check
// [Active] before recording metrics:
//
//	ctx := propagator.Extract(ctx, carrier)
//	if excluded {
//		ctx = suppress.Context(ctx)
//	}
//
// The package imports only OpenTelemetry's API.
package suppress

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// Active reports whether ctx is suppressed or derived from a suppressed
// context.
func Active(ctx context.Context) bool {
	_, suppressed := ctx.Value(contextvalue.Exchange{}).(contextvalue.Suppressed)
	return suppressed
}

// Context returns a suppressed context derived from ctx. It is in the trace of ctx or, if
// ctx has no trace, in a new one.
func Context(ctx context.Context) context.Context {
	return InTrace(ctx, trace.SpanContextFromContext(ctx))
}

// InTrace is like [Context], but the suppressed context is in the trace of parent or, if
// parent is not valid, in a new one.
func InTrace(ctx context.Context, parent trace.SpanContext) context.Context {
	unsampled := contextvalue.Unsample(parent)
	return contextvalue.Suppress(ctx, &unsampled)
}
