package httpserver

import (
	"fmt"
	"sync"

	"go.opentelemetry.io/otel"
)

// hookRunner calls a hook, a function of the application, during a request. A panic in the
// function must not change the response, and repeated panics must not fill the log:
// hookRunner recovers all panics and reports only the first.
type hookRunner struct {
	// name is the name of the hook in messages.
	name string
	// errorHandler receives the first panic.
	errorHandler otel.ErrorHandler
	reportOnce   sync.Once
}

// callString returns the result of f, or "" if f is nil or panics.
func (h *hookRunner) callString(f func() string) (result string) {
	if f != nil {
		h.run(func() { result = f() })
	}
	return result
}

// run calls f and recovers its panic.
func (h *hookRunner) run(f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		value := recover()
		h.reportOnce.Do(func() {
			h.errorHandler.Handle(fmt.Errorf("httpserver: the %s hook panicked; whenever it panics, its result is ignored, and further panics are not reported: %v", h.name, value))
		})
	}()
	f()
	returned = true
}
