package stdhttp

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/samespan/samespan/core/httpserver"
)

// patience is how long an answer may take that is still to come when nothing
// tells any more when the server is done.
const patience = time.Second

// Answer is what is known of an answer so far.
type Answer struct {
	// Status is the one written or, where Sent is false, the one that a
	// framework holds back, 0 for none.
	Status int
	// Size is that of the body so far.
	Size httpserver.Size
	// Sent says that the status is written, so that it cannot change.
	Sent     bool
	Hijacked bool
	// Header is the response's own header, nil where it tells nothing yet.
	Header http.Header
	// Aborted says what has cut the answer, as far as it was written.
	Aborted httpserver.Abort
}

// Awaited ends an exchange whose answer is written after the middleware has
// returned. Its methods may be called from any goroutine.
type Awaited struct {
	exchange *httpserver.Exchange
	ctx      context.Context

	mu      sync.Mutex
	outcome httpserver.Outcome
	// settled says that the answer's status is written or never will be.
	settled bool
	// alone says that no signal is to be expected any more: the answer's
	// status ends the exchange, or else the timer does.
	alone bool
	timer *time.Timer
	ended bool
}

// Await ends the exchange once, with the outcome so far and what Saw is told of
// the answer. The outcome's hooks run before Await returns, so that they may
// use a context that the framework recycles.
//
// The exchange ends when the server is done with the request, which cancels
// the context of r. That context may also end earlier, when the client goes
// away or a middleware further out cancels what it derived, and where there is
// no server, as in a test that calls a handler with a recorder, it may never
// do. The exchange then ends as soon as a status is written, the size unknown,
// or without an answer after a second, the time before not counted. Without an
// answer, the status of an outcome that has an ErrorType is unknown.
func Await(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, answer Answer) *Awaited {
	exchange.HandlersReturned(outcome)
	outcome.RouteName, outcome.SpanName, outcome.Attributes, outcome.Header = nil, nil, nil, nil
	a := &Awaited{exchange: exchange, ctx: r.Context(), outcome: outcome}
	a.take(answer)
	if isServed(a.ctx) && a.ctx.Done() != nil {
		context.AfterFunc(a.ctx, a.done)
	} else {
		a.done()
	}
	return a
}

// isServed tells whether ctx is that of a request which a server has received.
// A server of HTTP/3 has a key of its own for itself, and net/http's for the
// address.
func isServed(ctx context.Context) bool {
	return ctx.Value(http.ServerContextKey) != nil || ctx.Value(http.LocalAddrContextKey) != nil
}

// Saw takes over what is known of the answer now.
func (a *Awaited) Saw(answer Answer) {
	a.mu.Lock()
	if a.ended {
		a.mu.Unlock()
		return
	}
	if !a.settled {
		// A context that ends before the answer does not tell of its end,
		// though done may not have been called yet.
		a.alone = a.alone || a.ctx.Err() != nil
	}
	a.take(answer)
	complete := a.alone && a.settled
	a.mu.Unlock()
	if complete {
		a.end()
	}
}

// take copies the header until its status is written: another goroutine may
// end the exchange while headers are set.
func (a *Awaited) take(answer Answer) {
	if !a.settled && answer.Header != nil {
		a.outcome.Header = Header(answer.Header.Clone())
	}
	a.outcome.Status, a.outcome.ResponseSize, a.outcome.Hijacked = answer.Status, answer.Size, answer.Hijacked
	a.outcome.Aborted = answer.Aborted
	a.settled = answer.Sent || answer.Hijacked
}

// done is called when the server is done, or seems to be.
func (a *Awaited) done() {
	a.mu.Lock()
	settled := a.settled
	if !settled && !a.ended {
		a.alone = true
		a.outcome.Ended = time.Now()
		a.timer = time.AfterFunc(patience, a.end)
	}
	a.mu.Unlock()
	if settled {
		a.end()
	}
}

func (a *Awaited) end() {
	a.mu.Lock()
	if a.ended {
		a.mu.Unlock()
		return
	}
	a.ended = true
	if a.timer != nil {
		a.timer.Stop()
	}
	if a.alone && a.settled {
		a.outcome.ResponseSize = httpserver.Size{}
		a.outcome.Ended = time.Time{}
	}
	if !a.settled && a.outcome.Status == 0 && a.outcome.ErrorType != "" {
		// The server has answered 200 for an error handler that wrote nothing, or
		// nothing for one that panicked: which of them cannot be seen.
		a.outcome.Status, a.outcome.ResponseSize = httpserver.UnknownStatus, httpserver.Size{}
	}
	outcome := a.outcome
	a.mu.Unlock()
	a.exchange.End(outcome)
}
