package httpserver

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// Exchange is one HTTP exchange in progress. Its methods may be called from
// any goroutine. An Exchange must not be copied. There is one for every request, so what few of them need lies
// elsewhere.
type Exchange struct {
	mode  exchangeMode
	https bool
	// version is the protocol's, as metrics have it.
	version version
	// ended and returned are guarded by mu; returned says that the handlers
	// have, but the answer is awaited.
	ended, returned bool
	// presumed says that a nested exchange may be of another request, and
	// presumptions how many of those are under an exchange, up to two. The latter
	// is guarded by mu.
	presumed     bool
	presumptions uint8
	mu           sync.Mutex

	in        *Instrumentation
	ctx       exchangeContext
	caller    contextvalue.Span
	span      trace.Span
	operation *operation
	path      string
	// rare is what few exchanges have, nil for the others.
	rare  *rare
	count *activeCount
	// began is when the exchange did, for a span that does not tell.
	began moment
	// handlerContext is the context with the span that Start returned.
	handlerContext context.Context
	// start hands the span's attributes over while the span is started.
	start contextvalue.Start
	// outer is the open exchange that a nested one reports to.
	outer *Exchange
	// identity is what an adapter knows the request by.
	identity any
	// early and inner, which is nil until there is any, are guarded by mu.
	early earlyOutcome
	inner *report
}

// rare is kept apart, so that most exchanges take less memory.
type rare struct {
	// mount is the template of what the router is mounted at, and prefix its part
	// that stands before the router's own routes.
	mount, prefix string
	// routed is the path that the router sees, "" where it is the exchange's.
	routed string
	// errorType is that of a panic that came before the answer, and whose event
	// the span has. It is guarded by the exchange's mu.
	errorType string
}

type exchangeMode uint8

const (
	// modeServer is the exchange of a request: a SERVER span and metrics.
	modeServer exchangeMode = iota
	// modeInternal is one under another library's SERVER span: an INTERNAL span
	// and metrics.
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

// exchangeContext carries the exchange and, where the engine has read it
// itself, the caller's span. It lies in the Exchange, where context.WithValue
// would allocate.
type exchangeContext struct {
	context.Context
	exchange *Exchange
}

// Value returns the exchange and the caller's span for their keys.
func (c *exchangeContext) Value(key any) any {
	if _, ok := key.(contextvalue.Exchange); ok {
		return c.exchange
	}
	if start, ok := c.exchange.start.ValueFor(key); ok {
		return start
	}
	if span, ok := c.exchange.caller.ValueFor(key); ok {
		return span
	}
	return c.Context.Value(key)
}

// exchangeFrom returns the exchange in progress, nil for none, and whether ctx is
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
