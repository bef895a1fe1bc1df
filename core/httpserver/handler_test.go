package httpserver_test

import (
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
)

// currentErrorHandler, if not nil, receives the errors of OpenTelemetry's global error
// handler, which can be set only once. It is guarded by currentErrorHandlerMu.
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

// collectErrors collects the errors that OpenTelemetry's global error handler receives until
// the test ends. The test must not run in parallel. The returned function returns the
// messages collected so far.
func collectErrors(t *testing.T) (collected func() []string) {
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
