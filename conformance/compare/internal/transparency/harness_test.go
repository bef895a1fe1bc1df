package transparency_test

import (
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5/middleware"
)

// discardLog is the error log of servers whose messages do not matter to the test.
var discardLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)

// withoutOutput wraps chi's Recoverer so that it does not print the stack.
func withoutOutput(recoverer func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	logged := middleware.RequestLogger(&middleware.DefaultLogFormatter{Logger: discardFormatter{}, NoColor: true})
	return func(next http.Handler) http.Handler { return logged(recoverer(next)) }
}

type discardFormatter struct{}

func (discardFormatter) Print(...any) {}
