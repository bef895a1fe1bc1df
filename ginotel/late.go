package ginotel

import (
	"context"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/propagation"

	"github.com/samespan/samespan/core/httpserver"
)

// late is the writer that an answer passes which is written after our
// middleware has returned: by one further out, which renders the errors that
// handlers recorded or recovers from their panics, or by Gin itself for what no
// route matches. It keeps what it sees,
// because Gin's own writer serves another request by the time that the exchange
// ends.
type late struct {
	gin.ResponseWriter
	c *gin.Context
	// below is the writer whose status and size are those on the wire.
	below gin.ResponseWriter
	// settled says that the status which the writer below holds will be sent.
	settled bool

	mu      sync.Mutex
	outcome httpserver.Outcome
}

// endLate tells whether the answer is still to come, and then ends the exchange
// when the server is done with r, the request as the server received it, which
// cancels its context. A context that ends earlier makes it no worse than an end
// at once. Where nothing would tell, as in a test that calls the engine without
// a server, no answer is awaited.
func endLate(c *gin.Context, w gin.ResponseWriter, r *http.Request, exchange *httpserver.Exchange, outcome httpserver.Outcome) bool {
	pending := len(c.Errors) > 0 || outcome.ResponseSize == httpserver.UnknownSize
	if w.Written() || !pending || exchange.Nested() {
		return false
	}
	ctx := r.Context()
	if ctx.Value(http.ServerContextKey) == nil || ctx.Done() == nil || ctx.Err() != nil {
		return false
	}
	exchange.Note(outcome)
	outcome.SpanName, outcome.Attributes = nil, nil
	l := &late{ResponseWriter: c.Writer, c: c, below: w, settled: outcome.Panic == nil, outcome: outcome}
	l.note()
	c.Writer = l
	context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		exchange.End(l.outcome)
	})
	return true
}

// note keeps the answer as it is now.
func (l *late) note() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outcome.Status, l.outcome.ResponseSize = answer(l.c, l.below, l.settled)
	l.outcome.Header = propagation.HeaderCarrier(l.below.Header().Clone())
}

// Unwrap returns the writer below, for http.ResponseController.
func (l *late) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// WriteHeader sets the status, as Gin's own does.
func (l *late) WriteHeader(status int) {
	l.settled = true
	l.ResponseWriter.WriteHeader(status)
	l.note()
}

// WriteHeaderNow sends the header.
func (l *late) WriteHeaderNow() {
	l.ResponseWriter.WriteHeaderNow()
	l.note()
}

func (l *late) Write(p []byte) (int, error) {
	n, err := l.ResponseWriter.Write(p)
	l.note()
	return n, err
}

// WriteString writes to the body.
func (l *late) WriteString(s string) (int, error) {
	n, err := l.ResponseWriter.WriteString(s)
	l.note()
	return n, err
}

// Flush sends what is buffered, the header first.
func (l *late) Flush() {
	l.ResponseWriter.Flush()
	l.note()
}
