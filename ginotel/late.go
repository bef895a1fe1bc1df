package ginotel

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/stdhttp"
)

// late is the writer that an answer passes which is written after our
// middleware has returned: by one further out, which renders the errors that
// handlers recorded or recovers from their panics, or by Gin itself for what no
// route matches. It tells what it sees at once, because Gin's own writer serves
// another request by the time that the exchange ends.
type late struct {
	gin.ResponseWriter
	c *gin.Context
	// below is the writer whose status and size are those on the wire.
	below gin.ResponseWriter
	// settled says that the status which the writer below holds will be sent.
	settled bool
	awaited *stdhttp.Awaited
}

// endLate tells whether the answer is still to come, and then leaves the end of
// the exchange to it. r is the request as the server received it.
func endLate(c *gin.Context, w gin.ResponseWriter, r *http.Request, exchange *httpserver.Exchange, outcome httpserver.Outcome) bool {
	if w.Written() || exchange.Nested() || outcome.Aborted != httpserver.NotAborted {
		return false
	}
	panicked := outcome.Panic != nil
	byGin := outcome.ResponseSize == httpserver.UnknownSize && !panicked
	outside := (panicked || len(c.Errors) > 0) && answeredOutside(c, panicked)
	if !byGin && !outside {
		return false
	}
	l := &late{ResponseWriter: c.Writer, c: c, below: w, settled: outcome.Panic == nil}
	l.awaited = stdhttp.Await(exchange, outcome, r, l.answer())
	c.Writer = l
	return true
}

// answeredOutside tells whether a middleware further out may answer for the
// errors that handlers recorded or, if panicked, recover. Gin's own loggers do
// neither, and its recovery does not look at errors.
func answeredOutside(c *gin.Context, panicked bool) bool {
	for _, name := range c.HandlerNames() {
		switch {
		case strings.HasPrefix(name, "github.com/samespan/samespan/ginotel.(*middleware)."):
			return false
		case strings.HasPrefix(name, "github.com/gin-gonic/gin.LoggerWithConfig."):
		case strings.HasPrefix(name, "github.com/gin-gonic/gin.CustomRecoveryWithWriter.") && !panicked:
		default:
			return true
		}
	}
	return false
}

// answer is the answer as it is now.
func (l *late) answer() stdhttp.Answer {
	status, size := answer(l.c, l.below, l.settled)
	return stdhttp.Answer{Status: status, Size: size, Sent: l.below.Written(), Header: l.below.Header()}
}

func (l *late) tell() { l.awaited.Saw(l.answer()) }

// Unwrap returns the writer below, for http.ResponseController.
func (l *late) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// WriteHeader sets the status, as Gin's own does.
func (l *late) WriteHeader(status int) {
	l.settled = true
	l.ResponseWriter.WriteHeader(status)
	l.tell()
}

// WriteHeaderNow sends the header.
func (l *late) WriteHeaderNow() {
	l.ResponseWriter.WriteHeaderNow()
	l.tell()
}

func (l *late) Write(p []byte) (int, error) {
	n, err := l.ResponseWriter.Write(p)
	l.tell()
	return n, err
}

// WriteString writes to the body.
func (l *late) WriteString(s string) (int, error) {
	n, err := l.ResponseWriter.WriteString(s)
	l.tell()
	return n, err
}

// Flush sends what is buffered, the header first.
func (l *late) Flush() {
	l.ResponseWriter.Flush()
	l.tell()
}
