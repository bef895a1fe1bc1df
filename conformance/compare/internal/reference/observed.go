package reference

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
)

var (
	// errFailed is what the handlers of GET /fail/{code} and
	// GET /write/partial fail with.
	errFailed = errors.New("reference failure")
	// errCustom is what the handler of GET /write/custom fails with, for the
	// service's own error handler.
	errCustom = errors.New("reference custom failure")
	// errPanic is what the handlers of GET /panic and GET /panic/inside panic
	// with.
	errPanic = errors.New("reference panic")
)

// The answer of the service's own error handler to errCustom.
const (
	customStatus = http.StatusTeapot
	customBody   = "custom"
)

// Observed is the answer of GET /observed.
type Observed struct {
	// ErrorHandler is how often the framework's error handler ran.
	ErrorHandler int64 `json:"error_handler"`
	// OuterErrors is how often a middleware outside the instrumentation saw
	// the handler's own error.
	OuterErrors int64 `json:"outer_errors"`
}

type observed struct {
	errorHandler atomic.Int64
	outerErrors  atomic.Int64
}

// Observed returns what was counted since the start.
func (s *Service) Observed() Observed {
	return Observed{ErrorHandler: s.observed.errorHandler.Load(), OuterErrors: s.observed.outerErrors.Load()}
}

// saw counts an error that reached a middleware outside the instrumentation.
func (s *Service) saw(err error) {
	if isOwn(err) {
		s.observed.outerErrors.Add(1)
	}
}

// isOwn tells whether err is what a handler failed with. An error made of a
// text alone, as Fiber's are, is known by it.
func isOwn(err error) bool {
	return err != nil && (errors.Is(err, errFailed) || errors.Is(err, errCustom) || strings.Contains(err.Error(), errFailed.Error()))
}
