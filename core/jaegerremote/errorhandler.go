package jaegerremote

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
)

// toErrorHandler returns a logger that gives errors to OpenTelemetry's error
// handler and drops everything else.
func toErrorHandler() logr.Logger { return logr.New(sink{}) }

type sink struct{}

func (sink) Init(logr.RuntimeInfo)            {}
func (sink) Enabled(int) bool                 { return false }
func (sink) Info(int, string, ...any)         {}
func (s sink) WithValues(...any) logr.LogSink { return s }
func (s sink) WithName(string) logr.LogSink   { return s }

// Error reports what the sampler could not do. A request that the shutdown has
// ended is no failure.
func (sink) Error(err error, message string, _ ...any) {
	if !errors.Is(err, context.Canceled) {
		otel.Handle(fmt.Errorf("jaegerremote: %s: %w", message, err))
	}
}
