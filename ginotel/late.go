package ginotel

import (
	"context"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/propagation"

	"github.com/samespan/samespan/core/httpserver"
)

// awaitsRenderer tells whether the answer to a recorded error is still to come,
// from a middleware outside of ours. Where nothing would tell when it has come,
// as in a test that calls the engine without a server, none is awaited.
func awaitsRenderer(c *gin.Context, w gin.ResponseWriter, r *http.Request, exchange *httpserver.Exchange) bool {
	if len(c.Errors) == 0 || w.Written() || exchange.Nested() {
		return false
	}
	ctx := r.Context()
	return ctx.Value(http.ServerContextKey) != nil && ctx.Done() != nil && ctx.Err() == nil
}

// late is the writer that an answer passes which is written after our
// middleware has returned. It keeps what it saw, because Gin's own writer
// serves another request by the time that the exchange ends.
type late struct {
	gin.ResponseWriter
	// below is the writer whose status and size are those on the wire.
	below gin.ResponseWriter
	c     *gin.Context

	mu      sync.Mutex
	outcome httpserver.Outcome
}

// endLate ends the exchange when the server is done with r, the request as the
// server received it.
func endLate(c *gin.Context, w gin.ResponseWriter, r *http.Request, exchange *httpserver.Exchange, outcome httpserver.Outcome) {
	outcome.SpanName = evaluated(outcome.SpanName)
	outcome.Attributes = evaluated(outcome.Attributes)
	l := &late{ResponseWriter: c.Writer, below: w, c: c, outcome: outcome}
	l.note()
	c.Writer = l
	context.AfterFunc(r.Context(), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		exchange.End(l.outcome)
	})
}

// note keeps the answer as it is now.
func (l *late) note() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outcome.Status, l.outcome.ResponseSize = answer(l.c, l.below, true)
	l.outcome.Header = propagation.HeaderCarrier(l.below.Header().Clone())
}

// Unwrap returns the writer below, for http.ResponseController.
func (l *late) Unwrap() http.ResponseWriter { return l.ResponseWriter }

func (l *late) WriteHeader(status int) {
	l.ResponseWriter.WriteHeader(status)
	l.note()
}

func (l *late) WriteHeaderNow() {
	l.ResponseWriter.WriteHeaderNow()
	l.note()
}

func (l *late) Write(p []byte) (int, error) {
	n, err := l.ResponseWriter.Write(p)
	l.note()
	return n, err
}

func (l *late) WriteString(s string) (int, error) {
	n, err := l.ResponseWriter.WriteString(s)
	l.note()
	return n, err
}

func (l *late) Flush() {
	l.ResponseWriter.Flush()
	l.note()
}

// evaluated calls the hook while its context is still that of the request. A
// panic in it is kept for the engine, which reports it.
func evaluated[T any](hook func() T) func() T {
	if hook == nil {
		return nil
	}
	var (
		said     T
		panicked any
	)
	func() {
		defer func() { panicked = recover() }()
		said = hook()
	}()
	return func() T {
		if panicked != nil {
			panic(panicked)
		}
		return said
	}
}
