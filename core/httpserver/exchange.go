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
// goroutine. An Exchange must not be copied. Since there is one for every
// request, fields that few exchanges need are in rare.
type Exchange struct {
	mode  exchangeMode
	https bool
	// version is the protocol version as metrics report it.
	version version
	// ended and returned are guarded by mu; returned is set when the handlers
	// have returned and the response is not complete.
	ended, returned bool
	// presumed is set on a nested exchange that may be of another request.
	// presumedCount counts such exchanges below this one, up to two, and is
	// guarded by mu.
	presumed      bool
	presumedCount uint8
	mu            sync.Mutex

	in *Instrumentation
	// parentContext is the context that the handlers' is derived from.
	parentContext context.Context
	callerSpan    contextvalue.Span
	span          trace.Span
	operation     *operation
	path          string
	// rare holds fields that few exchanges need; nil if none is used.
	rare *rareFields
	// startTime is the start time, for spans whose start time cannot be read.
	startTime time.Time
	// handlerContext is the context with the span that Start returned.
	handlerContext context.Context
	// start passes the span's attributes to the sampler.
	start contextvalue.Start
	// identity is the value set by Identify.
	identity any
	// earlyRoute is the route when the handlers returned, if the response was not
	// complete then. It is guarded by mu.
	earlyRoute string
}

// rareFields is a separate struct, so that most exchanges use less memory.
type rareFields struct {
	// outer is the open exchange that a nested exchange reports to.
	outer *Exchange
	// mount is the pattern that the router is mounted at, and prefix the part
	// of it that was stripped from the path.
	mount, prefix string
	// routedPath is the path that the router sees, or "" if it is path.
	routedPath string
	// errorType is that of a panic that was recorded on the span before the
	// response. It is guarded by the exchange's mu.
	errorType string
	// earlyName and metricAttributes are what the user's hooks returned when the
	// handlers returned. They are guarded by the exchange's mu.
	earlyName        string
	metricAttributes []attribute.KeyValue
	// inner is nil until a nested exchange reports. It is guarded by the
	// exchange's mu.
	inner *nestedReport
}

// ensureRare returns rare, and allocates it if necessary. It is called before the
// handlers or with mu held.
func (x *Exchange) ensureRare() *rareFields {
	if x.rare == nil {
		x.rare = new(rareFields)
	}
	return x.rare
}

// activeCount returns the counter of active requests that counts the exchange.
func (x *Exchange) activeCount() *activeCount {
	return x.in.active.countFor(x.operation.method, x.https)
}

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

// Observed reports whether End records anything. If not, an adapter need not
// compute the outcome.
func (x *Exchange) Observed() bool { return x.mode != modeUnobserved }

// Nested reports whether the exchange is part of an open exchange. A nested
// exchange must end when its handler returns, so that the open exchange gets
// its report in time.
func (x *Exchange) Nested() bool { return x.mode == modeNested }

// exchangeContext is an Exchange as a context, with the exchange and, if the
// engine has parsed it itself, the caller's span. It saves the allocation of
// context.WithValue.
type exchangeContext Exchange

// Deadline implements [context.Context].
func (c *exchangeContext) Deadline() (time.Time, bool) { return c.parentContext.Deadline() }

// Done implements [context.Context].
func (c *exchangeContext) Done() <-chan struct{} { return c.parentContext.Done() }

// Err implements [context.Context].
func (c *exchangeContext) Err() error { return c.parentContext.Err() }

// Value returns the exchange and the caller's span for their keys.
func (c *exchangeContext) Value(key any) any {
	if _, ok := key.(contextvalue.Exchange); ok {
		return (*Exchange)(c)
	}
	if start, ok := c.start.ValueFor(key); ok {
		return start
	}
	if span, ok := c.callerSpan.ValueFor(key); ok {
		return span
	}
	return c.parentContext.Value(key)
}

// exchangeFrom returns the exchange in ctx, or nil, and whether ctx is
// suppressed.
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
	return x.ended
}
