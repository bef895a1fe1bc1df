package handlers

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
)

var (
	// ErrFailed is what the handlers of GET /fail/{code} and
	// GET /write/partial fail with.
	ErrFailed = errors.New("reference failure")
	// ErrCustom is what the handler of GET /write/custom fails with, for the
	// service's own error handler.
	ErrCustom = errors.New("reference custom failure")
	// ErrPanic is what the handlers of GET /panic and GET /panic/inside panic
	// with.
	ErrPanic = errors.New("reference panic")
)

// The answer of the service's own error handler to ErrCustom.
const (
	CustomStatus = http.StatusTeapot
	CustomBody   = "custom"
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

// HandledError counts a run of the framework's error handler.
func (s *Service) HandledError() { s.observed.errorHandler.Add(1) }

// Saw counts an error that reached a middleware outside the instrumentation.
func (s *Service) Saw(err error) {
	if isOwn(err) {
		s.observed.outerErrors.Add(1)
	}
}

// isOwn tells whether err is what a handler failed with. An error made of a
// text alone, as Fiber's are, is known by it.
func isOwn(err error) bool {
	return err != nil && (errors.Is(err, ErrFailed) || errors.Is(err, ErrCustom) || strings.Contains(err.Error(), ErrFailed.Error()))
}
