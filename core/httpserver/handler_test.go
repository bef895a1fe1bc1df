package httpserver_test

import (
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
)

var (
	handledMu sync.Mutex
	handledBy func(error)
)

func init() {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		handledMu.Lock()
		defer handledMu.Unlock()
		if handledBy != nil {
			handledBy(err)
		}
	}))
}

// collectErrors collects the errors that OpenTelemetry's global error handler gets
// during a test, which must not run in parallel.
func collectErrors(t *testing.T) func() []string {
	t.Helper()
	var messages []string
	set := func(f func(error)) {
		handledMu.Lock()
		defer handledMu.Unlock()
		handledBy = f
	}
	set(func(err error) { messages = append(messages, err.Error()) })
	t.Cleanup(func() { set(nil) })
	return func() []string {
		handledMu.Lock()
		defer handledMu.Unlock()
		return messages
	}
}
