package transparency_test

import (
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5/middleware"
)

// discardLog is the error log of servers whose messages do not matter to the test.
var discardLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)

// withoutStackTrace wraps chi's Recoverer so that it does not print the stack trace.
func withoutStackTrace(recoverer func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	logged := middleware.RequestLogger(&middleware.DefaultLogFormatter{Logger: discardLogger{}, NoColor: true})
	return func(next http.Handler) http.Handler { return logged(recoverer(next)) }
}

// discardLogger is a middleware.LoggerInterface that prints nothing.
type discardLogger struct{}

func (discardLogger) Print(...any) {}
