package stdhttp

import (
	"context"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"github.com/samespan/samespan/core/httpserver"
)

// patience is how long an answer may take that is still to come when nothing
// tells any more when the server is done.
const patience = time.Second

// Late ends an exchange whose answer is written after the middleware has
// returned: by an error handler that the framework calls last, with the error
// that came up through all middleware.
type Late struct {
	exchange *httpserver.Exchange
	ctx      context.Context
	// recorder is the one in charge; the handler's goroutine alone uses it.
	recorder *Recorder

	mu      sync.Mutex
	outcome httpserver.Outcome
	// alone says that no signal is to be expected any more: the answer's
	// status ends the exchange, or else the timer does.
	alone bool
	timer *time.Timer
	ended bool
}

// EndLate ends the exchange once, with the outcome so far and what recorder is
// still to see. The outcome's hooks run before EndLate returns, so that they
// may use a context that the framework recycles.
//
// The exchange ends when the server is done with the request, which cancels
// the context of r. That context may also end earlier, when the client goes
// away or a middleware further out cancels what it derived, and where there is
// no server, as in a test that calls a handler with a recorder, it never does.
// The exchange then ends as soon as a status is written, the size unknown, or
// without an answer after a second, the time before not counted.
func EndLate(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *Recorder) *Late {
	exchange.Note(outcome)
	outcome.RouteName, outcome.SpanName, outcome.Attributes = nil, nil, nil
	// Another goroutine may end the exchange while headers are set.
	outcome.Header = nil
	if outcome.Status != 0 {
		outcome.Header = propagation.HeaderCarrier(recorder.Header().Clone())
	}
	late := &Late{exchange: exchange, ctx: r.Context(), outcome: outcome, recorder: recorder}
	recorder.late = late
	if late.ctx.Value(http.ServerContextKey) != nil {
		context.AfterFunc(late.ctx, late.done)
	} else {
		late.done()
	}
	return late
}

// Cover returns w as a writer that is seen: w itself if it writes through the
// recorder that is in charge, else w with a new one in charge. A middleware
// that puts back the writer it found has taken the recorder out.
func (l *Late) Cover(w http.ResponseWriter) http.ResponseWriter {
	for below := w; below != nil; {
		if covered, ok := below.(interface{ recorded() *Recorder }); ok && covered.recorded() == l.recorder {
			return w
		}
		wrapper, ok := below.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		below = wrapper.Unwrap()
	}
	writer, recorder := Record(w)
	recorder.late = l
	l.recorder = recorder
	return writer
}

// saw takes over what a recorder has seen.
func (l *Late) saw(w *Recorder) {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return
	}
	if l.outcome.Status == 0 && w.status != 0 {
		l.outcome.Header = propagation.HeaderCarrier(w.Header().Clone())
		// A context that ends before the answer does not tell of its end,
		// though done may not have been called yet.
		l.alone = l.alone || l.ctx.Err() != nil
	}
	l.outcome.Status, l.outcome.ResponseSize, l.outcome.Hijacked = w.status, w.written, w.hijacked
	complete := l.alone && l.answered()
	l.mu.Unlock()
	if complete {
		l.end()
	}
}

func (l *Late) answered() bool { return l.outcome.Status != 0 || l.outcome.Hijacked }

// done is called when the server is done, or seems to be.
func (l *Late) done() {
	l.mu.Lock()
	answered := l.answered()
	if !answered && !l.ended {
		l.alone = true
		l.outcome.Ended = time.Now()
		l.timer = time.AfterFunc(patience, l.end)
	}
	l.mu.Unlock()
	if answered {
		l.end()
	}
}

func (l *Late) end() {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return
	}
	l.ended = true
	if l.timer != nil {
		l.timer.Stop()
	}
	if l.alone && l.answered() {
		l.outcome.ResponseSize = httpserver.UnknownSize
		l.outcome.Ended = time.Time{}
	}
	outcome := l.outcome
	l.mu.Unlock()
	l.exchange.End(outcome)
}
