package handlers

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
)

var (
	// ErrFailed is the error of the handlers of GET /fail/{code} and GET
	// /write/partial.
	ErrFailed = errors.New("reference failure")
	// ErrCustom is the error of the handler of GET /write/custom, for the
	// service's own error handler.
	ErrCustom = errors.New("reference custom failure")
	// ErrPanic is the panic value of GET /panic and GET /panic/inside.
	ErrPanic = errors.New("reference panic")
)

// The response that the service's own error handler sends for ErrCustom.
const (
	CustomStatus = http.StatusTeapot
	CustomBody   = "custom"
)

// Observed is the response of GET /observed.
type Observed struct {
	// ErrorHandler is how often the framework's error handler ran.
	ErrorHandler int64 `json:"error_handler"`
	// OuterErrors is how often a middleware outside the instrumentation got the handler's
	// own error.
	OuterErrors int64 `json:"outer_errors"`
}

// errorCounts counts the calls of the framework's error handler, and the errors that a
// middleware outside the instrumentation got.
type errorCounts struct {
	errorHandler atomic.Int64
	outerErrors  atomic.Int64
}

// Observed returns how often errors were counted since the service started.
func (s *Service) Observed() Observed {
	return Observed{ErrorHandler: s.errorCounts.errorHandler.Load(), OuterErrors: s.errorCounts.outerErrors.Load()}
}

// HandledError counts a call of the framework's error handler.
func (s *Service) HandledError() { s.errorCounts.errorHandler.Add(1) }

// Saw is called by a middleware outside the instrumentation with the error that it got. It
// counts the error if it is a handler's own error.
func (s *Service) Saw(err error) {
	if isHandlerError(err) {
		s.errorCounts.outerErrors.Add(1)
	}
}

// isHandlerError reports whether err is a handler's own error. An error that consists of
// a text alone, like Fiber's, is recognized by its text.
func isHandlerError(err error) bool {
	return err != nil && (errors.Is(err, ErrFailed) || errors.Is(err, ErrCustom) || strings.Contains(err.Error(), ErrFailed.Error()))
}
