package transparency_test

import (
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5/middleware"
)

// discardLog is the log of servers whose complaints are not the test's subject.
var discardLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)

// withoutOutput keeps chi's Recoverer from printing the stack.
func withoutOutput(recoverer func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	logged := middleware.RequestLogger(&middleware.DefaultLogFormatter{Logger: discardFormatter{}, NoColor: true})
	return func(next http.Handler) http.Handler { return logged(recoverer(next)) }
}

type discardFormatter struct{}

func (discardFormatter) Print(...any) {}
