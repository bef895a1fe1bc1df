package httpserver

import (
	"fmt"
	"sync"

	"go.opentelemetry.io/otel"
)

// hook runs the user's own code inside a request. A panic of it must not
// change the response, and one that every request repeats must not fill the
// log: it is reported once.
type hook struct {
	name string
	// errors is told of the panic.
	errors   otel.ErrorHandler
	reported sync.Once
}

// text returns what f says, "" where there is no f or it panics.
func (h *hook) text(f func() string) (said string) {
	if f != nil {
		h.run(func() { said = f() })
	}
	return said
}

// run calls f and contains its panic.
func (h *hook) run(f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		value := recover()
		h.reported.Do(func() {
			h.errors.Handle(fmt.Errorf("httpserver: the %s hook panicked, its result is left out from now on whenever it does: %v", h.name, value))
		})
	}()
	f()
	returned = true
}
