package httpserver

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// Exchange is one HTTP exchange in progress. Its methods may be called from any
// goroutine. An Exchange is made by [Instrumentation.Start], and must not be copied.
type Exchange struct {
	// Fields that few exchanges need are in rare, to keep the struct small.

	mode exchangeMode
	// https is set if the URL scheme is https.
	https bool
	// version is the protocol version as metrics report it.
	version version
	// hasEnded and handlersReturned are guarded by mu. handlersReturned is set when the
	// handlers have returned but the response is not complete.
	hasEnded, handlersReturned bool
	// isPresumedRequest is set on a nested exchange whose relation is PresumedRequest.
	isPresumedRequest bool
	// presumedCount is the number of exchanges nested in this one whose relation is
	// PresumedRequest, counted up to two. It is guarded by mu.
	presumedCount uint8
	mu            sync.Mutex

	instrumentation *Instrumentation
	// parentContext is the parent of the context that the handlers receive.
	parentContext context.Context
	// callerSpan is the span of the caller if the engine itself parsed the traceparent.
	callerSpan contextvalue.Span
	span       trace.Span
	// operation has the route that was known at the start.
	operation *operation
	// path is the path of the request, as valid UTF-8 of limited length.
	path string
	// rare holds fields that few exchanges need. It is nil if none of them is set.
	rare *rareFields
	// startTime is the start time. It is set only if the span's start time cannot be read.
	startTime time.Time
	// handlerContext is the context that Start returned. It contains the span.
	handlerContext context.Context
	// attributesForSampler passes the attributes of the new span to the sampler.
	attributesForSampler contextvalue.Start
	// identity is the value set by Identify.
	identity any
	// earlyRoute is the route that was passed to HandlersReturned. It is guarded by mu.
	earlyRoute string
}

// rareFields holds the fields of an [Exchange] that few exchanges need. It is a separate
// struct, so that the other exchanges use less memory.
type rareFields struct {
	// outer is the open exchange that a nested exchange reports to.
	outer *Exchange
	// mount is the pattern at which the router is mounted, and mountPrefix the part of
	// the pattern that was stripped from the path.
	mount, mountPrefix string
	// routedPath is the path that the router sees, or "" if it is the path of the exchange.
	routedPath string
	// errorType is the error.type of the panic that was passed to HandlersReturned. It is
	// guarded by the exchange's mu.
	errorType string
	// earlySpanName is the span name that the user's hook returned in HandlersReturned, or
	// "". It is guarded by the exchange's mu.
	earlySpanName string
	// metricAttributes are the attributes that the user's hook returned in
	// HandlersReturned. They are guarded by the exchange's mu.
	metricAttributes []attribute.KeyValue
	// startAttributes are the start attributes of a nested exchange, which has no span of its
	// own. They are added to the span of the open exchange.
	startAttributes []attribute.KeyValue
	// innerReport holds what the nested exchanges have reported. It is nil until the first
	// report, and guarded by the exchange's mu.
	innerReport *nestedReport
	// innerRoutes is the number of routes that nested exchanges have reported. It is guarded
	// by the exchange's mu.
	innerRoutes int
	// innerRoutesAtStart is outer's innerRoutes at the start of a nested exchange.
	innerRoutesAtStart int
}

// ensureRare returns rare, allocating it if necessary. It must be called before the
// handlers run, or with mu held.
func (x *Exchange) ensureRare() *rareFields {
	if x.rare == nil {
		x.rare = new(rareFields)
	}
	return x.rare
}

// activeCount returns the count of active requests with the method and scheme of the
// exchange.
func (x *Exchange) activeCount() *activeCount {
	return x.instrumentation.activeRequests.countFor(x.operation.method, x.https)
}

// exchangeMode says what an exchange records.
type exchangeMode uint8

const (
	// modeServer records a SERVER span and metrics.
	modeServer exchangeMode = iota
	// modeInternal, below another library's SERVER span, records an INTERNAL
	// span and metrics.
	modeInternal
	// modeNested, below an open exchange of this engine, reports to that
	// exchange.
	modeNested
	// modeUnobserved records nothing.
	modeUnobserved
)

// Observed reports whether End records anything. If it returns false, an adapter need not
// compute the outcome.
func (x *Exchange) Observed() bool { return x.mode != modeUnobserved }

// Nested reports whether the exchange is part of another open exchange. A nested exchange
// must end when its handler returns, so that its report reaches the open exchange in
// time.
func (x *Exchange) Nested() bool { return x.mode == modeNested }

// exchangeContext is an Exchange that implements context.Context, to save the allocation
// of context.WithValue. It contains the exchange and, if the engine itself parsed the
// traceparent, the caller's span.
type exchangeContext Exchange

// Deadline implements [context.Context].
func (c *exchangeContext) Deadline() (time.Time, bool) { return c.parentContext.Deadline() }

// Done implements [context.Context].
func (c *exchangeContext) Done() <-chan struct{} { return c.parentContext.Done() }

// Err implements [context.Context].
func (c *exchangeContext) Err() error { return c.parentContext.Err() }

// Value returns the exchange or the caller's span for their keys, and otherwise the
// parent's value.
func (c *exchangeContext) Value(key any) any {
	if _, ok := key.(contextvalue.Exchange); ok {
		return (*Exchange)(c)
	}
	if start, ok := c.attributesForSampler.ValueFor(key); ok {
		return start
	}
	if span, ok := c.callerSpan.ValueFor(key); ok {
		return span
	}
	return c.parentContext.Value(key)
}

// exchangeFrom returns the exchange in ctx, or nil if there is none, and whether the
// telemetry of ctx is suppressed.
func exchangeFrom(ctx context.Context) (x *Exchange, suppressed bool) {
	switch value := ctx.Value(contextvalue.Exchange{}).(type) {
	case *Exchange:
		return value, false
	case contextvalue.Suppressed:
		return nil, true
	}
	return nil, false
}

func (x *Exchange) isEnded() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.hasEnded
}
