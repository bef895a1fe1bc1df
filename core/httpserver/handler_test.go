package httpserver_test

import (
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
)

var (
	currentErrorHandlerMu sync.Mutex
	currentErrorHandler   func(error)
)

func init() {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		currentErrorHandlerMu.Lock()
		defer currentErrorHandlerMu.Unlock()
		if currentErrorHandler != nil {
			currentErrorHandler(err)
		}
	}))
}

// collectErrors collects the errors that OpenTelemetry's global error handler gets
// during a test, which must not run in parallel.
func collectErrors(t *testing.T) func() []string {
	t.Helper()
	var messages []string
	set := func(f func(error)) {
		currentErrorHandlerMu.Lock()
		defer currentErrorHandlerMu.Unlock()
		currentErrorHandler = f
	}
	set(func(err error) { messages = append(messages, err.Error()) })
	t.Cleanup(func() { set(nil) })
	return func() []string {
		currentErrorHandlerMu.Lock()
		defer currentErrorHandlerMu.Unlock()
		return messages
	}
}
