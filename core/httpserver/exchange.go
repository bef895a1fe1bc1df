package httpserver

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Exchange is one HTTP exchange in progress. Its methods may be called from
// any goroutine.
type Exchange struct {
	mode exchangeMode
	// outer is the open exchange that a nested one reports to.
	outer *Exchange

	in        *Instrumentation
	ctx       exchangeContext
	caller    callerSpan
	span      trace.Span
	operation *operation
	method    *method
	https     bool
	path      string
	// start is when the exchange began; timed, where it is not nil, knows better.
	start time.Time
	timed timedSpan
	// handlerContext is the context with the span that Start returned.
	handlerContext context.Context
	count          *activeCount

	mu    sync.Mutex
	ended bool
	// returned says that the handlers have, but the answer is awaited.
	returned bool
	noted    note
	inner    report
}

type exchangeMode uint8

const (
	// modeServer is the exchange of a request: a SERVER span and metrics.
	modeServer exchangeMode = iota
	// modeInternal is one under another library's SERVER span: an INTERNAL
	// span, and no metrics, which are that library's.
	modeInternal
	// modeNested is one under an open exchange of ours: it only reports.
	modeNested
	// modeUnobserved leaves no telemetry.
	modeUnobserved
)

// Observed tells whether End has anything to do. An adapter need not look at
// the outcome of an exchange that is not observed.
func (x *Exchange) Observed() bool { return x.mode != modeUnobserved }

// Nested tells whether the exchange is part of one that is open already, whose
// end decides: a nested exchange ends when its handler returns, so that what it
// knows is there in time.
func (x *Exchange) Nested() bool { return x.mode == modeNested }

// exchangeKey is the context key of the exchange in progress.
type exchangeKey struct{}

// exchangeContext carries the exchange and, where the engine has read it
// itself, the caller's span. It lies in the Exchange, where context.WithValue
// would allocate.
type exchangeContext struct {
	context.Context
	exchange *Exchange
}

// Value returns the exchange and the caller's span for their keys.
func (c *exchangeContext) Value(key any) any {
	if _, ok := key.(exchangeKey); ok {
		return c.exchange
	}
	if c.exchange.caller.Span != nil && key == spanKey {
		return &c.exchange.caller
	}
	return c.Context.Value(key)
}

func exchangeFrom(ctx context.Context) *Exchange {
	x, _ := ctx.Value(exchangeKey{}).(*Exchange)
	return x
}

func (x *Exchange) isEnded() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.ended
}
