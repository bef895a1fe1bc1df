package jaegerremote

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
)

// toErrorHandler returns a logger that passes errors to OpenTelemetry's error
// handler and drops other messages.
func toErrorHandler() logr.Logger { return logr.New(sink{}) }

type sink struct{}

func (sink) Init(logr.RuntimeInfo)            {}
func (sink) Enabled(int) bool                 { return false }
func (sink) Info(int, string, ...any)         {}
func (s sink) WithValues(...any) logr.LogSink { return s }
func (s sink) WithName(string) logr.LogSink   { return s }

// Error reports an error of the sampler. A request that the shutdown has
// canceled is not an error.
func (sink) Error(err error, message string, _ ...any) {
	if !errors.Is(err, context.Canceled) {
		otel.Handle(fmt.Errorf("jaegerremote: %s: %w", message, err))
	}
}
