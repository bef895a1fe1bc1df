package httpserver

import (
	"fmt"
	"sync"

	"go.opentelemetry.io/otel"
)

// hook calls a function of the application during a request. A panic in the function must
// not change the response, and repeated panics must not fill the log: hook recovers all
// panics and reports only the first.
type hook struct {
	// name is the name of the hook in messages.
	name string
	// errorHandler receives the first panic.
	errorHandler otel.ErrorHandler
	reportOnce   sync.Once
}

// callString returns the result of f, or "" if f is nil or panics.
func (h *hook) callString(f func() string) (result string) {
	if f != nil {
		h.run(func() { result = f() })
	}
	return result
}

// run calls f and recovers its panic.
func (h *hook) run(f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		value := recover()
		h.reportOnce.Do(func() {
			h.errorHandler.Handle(fmt.Errorf("httpserver: the %s hook panicked, its result is left out from now on whenever it does: %v", h.name, value))
		})
	}()
	f()
	returned = true
}
