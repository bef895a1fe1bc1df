package stdhttp

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/samespan/samespan/core/httpserver"
)

// endTimeout is how long an Awaited waits for a response if the context does not signal the
// end of the request.
const endTimeout = time.Second

// Answer is the known state of a response.
type Answer struct {
	// Status is the status that was written. If Sent is false, it is the status that a
	// framework has buffered. 0 means none.
	Status int
	// Size is the size of the body so far.
	Size httpserver.Size
	// Sent is set if the status was written and can no longer change.
	Sent     bool
	Hijacked bool
	// Header is the response's header so far, or nil if no header may be recorded yet.
	Header http.Header
	// Aborted is the reason why the response was cut off, or NotAborted.
	Aborted httpserver.Abort
}

// Awaited ends an exchange whose response is written after the middleware has
// returned. Its methods may be called from any goroutine.
type Awaited struct {
	exchange *httpserver.Exchange
	ctx      context.Context

	// mu guards the fields below.
	mu sync.Mutex
	// outcome is what is known of the outcome so far.
	outcome httpserver.Outcome
	// statusWritten is set if the response's status was written, or will never be written
	// because the connection was hijacked.
	statusWritten bool
	// withoutEndSignal is set if the context will not signal the end of the request. The
	// exchange then ends when the status is written or the timer expires.
	withoutEndSignal bool
	// timer limits the wait for a response. It is nil until the wait begins.
	timer    *time.Timer
	hasEnded bool
}

// Await ends the exchange once, with the given outcome and the response reported to Saw.
// The outcome's hooks run before Await returns, so that they may use a context that the
// framework recycles.
//
// The exchange ends when the server has finished the request, which cancels the context
// of r. The context may also end too early, because the client disconnects or a middleware
// further out cancels it. If there is no server, as in a test with a response recorder, the
// context may never end. If it ends too early or never, the exchange ends as soon as a
// status is written, with unknown size, or after a second without a response. That second
// is not included in the duration. If there is no response and the outcome has an
// ErrorType, the status is unknown.
func Await(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, answer Answer) *Awaited {
	exchange.HandlersReturned(outcome)
	outcome.RouteName, outcome.SpanName, outcome.Attributes, outcome.Header = nil, nil, nil, nil
	a := &Awaited{exchange: exchange, ctx: r.Context(), outcome: outcome}
	a.copyAnswer(answer)
	if isServed(a.ctx) && a.ctx.Done() != nil {
		context.AfterFunc(a.ctx, a.onContextEnd)
	} else {
		a.onContextEnd()
	}
	return a
}

// isServed reports whether ctx belongs to a request that a server received. An HTTP/3
// server stores itself under its own key, but its address under net/http's key.
func isServed(ctx context.Context) bool {
	return ctx.Value(http.ServerContextKey) != nil || ctx.Value(http.LocalAddrContextKey) != nil
}

// Saw reports the current state of the response.
func (a *Awaited) Saw(answer Answer) {
	a.mu.Lock()
	if a.hasEnded {
		a.mu.Unlock()
		return
	}
	if !a.statusWritten {
		// A context that has ended before the response cannot signal the end of the request.
		// Check the context itself, since onContextEnd may not have been called yet.
		a.withoutEndSignal = a.withoutEndSignal || a.ctx.Err() != nil
	}
	a.copyAnswer(answer)
	endNow := a.withoutEndSignal && a.statusWritten
	a.mu.Unlock()
	if endNow {
		a.end()
	}
}

// copyAnswer copies answer to the outcome. It clones the header, since another goroutine
// may end the exchange while a handler sets headers. After the status is written, the
// header no longer changes.
func (a *Awaited) copyAnswer(answer Answer) {
	if !a.statusWritten && answer.Header != nil {
		a.outcome.Header = ResponseHeader(answer.Header.Clone())
	}
	a.outcome.Status, a.outcome.ResponseSize, a.outcome.Hijacked = answer.Status, answer.Size, answer.Hijacked
	a.outcome.Aborted = answer.Aborted
	a.statusWritten = answer.Sent || answer.Hijacked
}

// onContextEnd is called when the context of the request has ended, which usually means
// that the server is done.
func (a *Awaited) onContextEnd() {
	a.mu.Lock()
	statusWritten := a.statusWritten
	if !statusWritten && !a.hasEnded {
		a.withoutEndSignal = true
		a.outcome.Ended = time.Now()
		a.timer = time.AfterFunc(endTimeout, a.end)
	}
	a.mu.Unlock()
	if statusWritten {
		a.end()
	}
}

// end ends the exchange with the outcome, unless it has already ended.
func (a *Awaited) end() {
	a.mu.Lock()
	if a.hasEnded {
		a.mu.Unlock()
		return
	}
	a.hasEnded = true
	if a.timer != nil {
		a.timer.Stop()
	}
	if a.withoutEndSignal && a.statusWritten {
		a.outcome.ResponseSize = httpserver.Size{}
		a.outcome.Ended = time.Time{}
	}
	if !a.statusWritten && a.outcome.Status == 0 && a.outcome.ErrorType != "" {
		// The server has sent 200 if the error handler wrote nothing, and no response if
		// the error handler panicked. The two cases cannot be distinguished.
		a.outcome.Status, a.outcome.ResponseSize = httpserver.UnknownStatus, httpserver.Size{}
	}
	outcome := a.outcome
	a.mu.Unlock()
	a.exchange.End(outcome)
}
