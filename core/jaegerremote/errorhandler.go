package jaegerremote

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-logr/logr"
)

// errorLogger returns a logger that passes errors to report and drops other
// messages.
func errorLogger(report func(error)) logr.Logger { return logr.New(errorSink{report}) }

// errorSink is a logr sink that passes errors to report.
type errorSink struct{ report func(error) }

func (errorSink) Init(logr.RuntimeInfo)            {}
func (errorSink) Enabled(int) bool                 { return false }
func (errorSink) Info(int, string, ...any)         {}
func (s errorSink) WithValues(...any) logr.LogSink { return s }
func (s errorSink) WithName(string) logr.LogSink   { return s }

// Error reports an error of the sampler. It ignores the error of a request that the
// shutdown has canceled.
func (s errorSink) Error(err error, message string, _ ...any) {
	if !errors.Is(err, context.Canceled) {
		s.report(fmt.Errorf("jaegerremote: %s: %w", message, err))
	}
}
