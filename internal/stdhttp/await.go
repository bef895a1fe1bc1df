package stdhttp

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/samespan/samespan/core/httpserver"
)

// endTimeout is how long a response may still take if nothing will report that
// the server is done.
const endTimeout = time.Second

// Answer is what is known of a response so far.
type Answer struct {
	// Status is the status that was written or, if Sent is false, the one that
	// a framework has buffered; 0 for none.
	Status int
	// Size is the size of the body so far.
	Size httpserver.Size
	// Sent is set if the status was written, so that it cannot change.
	Sent     bool
	Hijacked bool
	// Header is the response's header, or nil if it is not meaningful yet.
	Header http.Header
	// Aborted says why the response was cut off, as far as it was written.
	Aborted httpserver.Abort
}

// Awaited ends an exchange whose response is written after the middleware has
// returned. Its methods may be called from any goroutine.
type Awaited struct {
	exchange *httpserver.Exchange
	ctx      context.Context

	mu      sync.Mutex
	outcome httpserver.Outcome
	// statusWritten is set if the response's status was written or never will be.
	statusWritten bool
	// withoutEndSignal is set if no signal of the end is expected any more: the response's
	// status ends the exchange, or else the timer does.
	withoutEndSignal bool
	timer            *time.Timer
	ended            bool
}

// Await ends the exchange once, with the given outcome and the response
// reported to Saw. The outcome's hooks run before Await returns, so that they
// may use a context that the framework recycles.
//
// The exchange ends when the server is done with the request, which cancels the
// context of r. That context may also end earlier, because the client
// disconnects or a middleware further out cancels it, or never, if there is no
// server, as in a test with a recorder. The exchange then ends as soon as a
// status is written, with unknown size, or after a second without a response,
// which is not included in the duration. If there is no response and the
// outcome has an ErrorType, the status is unknown.
func Await(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, answer Answer) *Awaited {
	exchange.HandlersReturned(outcome)
	outcome.RouteName, outcome.SpanName, outcome.Attributes, outcome.Header = nil, nil, nil, nil
	a := &Awaited{exchange: exchange, ctx: r.Context(), outcome: outcome}
	a.copyAnswer(answer)
	if isServed(a.ctx) && a.ctx.Done() != nil {
		context.AfterFunc(a.ctx, a.serverDone)
	} else {
		a.serverDone()
	}
	return a
}

// isServed reports whether ctx is that of a request received by a server. An
// HTTP/3 server has its own key for itself, and net/http's for the address.
func isServed(ctx context.Context) bool {
	return ctx.Value(http.ServerContextKey) != nil || ctx.Value(http.LocalAddrContextKey) != nil
}

// Saw reports what is known of the response now.
func (a *Awaited) Saw(answer Answer) {
	a.mu.Lock()
	if a.ended {
		a.mu.Unlock()
		return
	}
	if !a.statusWritten {
		// A context that ended before the response cannot tell when the response
		// is complete, even if done has not been called yet.
		a.withoutEndSignal = a.withoutEndSignal || a.ctx.Err() != nil
	}
	a.copyAnswer(answer)
	complete := a.withoutEndSignal && a.statusWritten
	a.mu.Unlock()
	if complete {
		a.end()
	}
}

// copyAnswer copies the header until its status is written, since another goroutine
// may end the exchange while headers are set.
func (a *Awaited) copyAnswer(answer Answer) {
	if !a.statusWritten && answer.Header != nil {
		a.outcome.Header = Header(answer.Header.Clone())
	}
	a.outcome.Status, a.outcome.ResponseSize, a.outcome.Hijacked = answer.Status, answer.Size, answer.Hijacked
	a.outcome.Aborted = answer.Aborted
	a.statusWritten = answer.Sent || answer.Hijacked
}

// serverDone is called when the server is done, as far as that is known.
func (a *Awaited) serverDone() {
	a.mu.Lock()
	settled := a.statusWritten
	if !settled && !a.ended {
		a.withoutEndSignal = true
		a.outcome.Ended = time.Now()
		a.timer = time.AfterFunc(endTimeout, a.end)
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
	if a.withoutEndSignal && a.statusWritten {
		a.outcome.ResponseSize = httpserver.Size{}
		a.outcome.Ended = time.Time{}
	}
	if !a.statusWritten && a.outcome.Status == 0 && a.outcome.ErrorType != "" {
		// The server has sent 200 if the error handler wrote nothing, or
		// nothing if it panicked; the two cannot be distinguished.
		a.outcome.Status, a.outcome.ResponseSize = httpserver.UnknownStatus, httpserver.Size{}
	}
	outcome := a.outcome
	a.mu.Unlock()
	a.exchange.End(outcome)
}
