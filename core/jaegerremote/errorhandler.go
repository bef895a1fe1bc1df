package jaegerremote

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-logr/logr"
)

// reporting returns a logger that passes errors to report and drops other
// messages.
func reporting(report func(error)) logr.Logger { return logr.New(sink{report}) }

type sink struct{ report func(error) }

func (sink) Init(logr.RuntimeInfo)            {}
func (sink) Enabled(int) bool                 { return false }
func (sink) Info(int, string, ...any)         {}
func (s sink) WithValues(...any) logr.LogSink { return s }
func (s sink) WithName(string) logr.LogSink   { return s }

// Error reports an error of the sampler. A request that the shutdown has
// canceled is not an error.
func (s sink) Error(err error, message string, _ ...any) {
	if !errors.Is(err, context.Canceled) {
		s.report(fmt.Errorf("jaegerremote: %s: %w", message, err))
	}
}
