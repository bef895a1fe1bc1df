package pipeline

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Registered represents the span processors that the service registers directly on the
// SDK's provider, in addition to Setup's processor. They are flushed and shut down
// concurrently with the pipelines, so that a slow processor does not delay an export.
type Registered struct {
	// provider is nil if traces are off.
	provider *sdktrace.TracerProvider
}

// NewRegistered returns the registered processors of provider.
func NewRegistered(provider *sdktrace.TracerProvider) Registered {
	return Registered{provider: provider}
}

// Flush flushes the processors. It returns when limit ends, even if a processor does not.
func (r Registered) Flush(limit context.Context) error {
	if r.provider == nil {
		return nil
	}
	return r.run(limit, r.provider.ForceFlush)
}

// Shutdown shuts down the provider, and thereby the processors, if there are any.
// Otherwise the provider keeps running, so that spans that end later are still counted.
// Shutdown returns when limit ends, even if a processor does not.
func (r Registered) Shutdown(limit context.Context) error {
	if !r.hasProcessors() {
		return nil
	}
	return r.run(limit, r.provider.Shutdown)
}

// run calls do, and returns an error if do has not returned when limit ends. A processor
// may block, panic or fail.
func (r Registered) run(limit context.Context, do func(context.Context) error) error {
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			if value := recover(); value != nil {
				err = fmt.Errorf("a span processor panicked: %v", value)
			}
			done <- err
		}()
		err = do(context.WithValue(limit, serviceProcessorsOnlyKey{}, true))
	}()
	err := Within(limit, done)
	if err == nil {
		return nil
	}
	if limit.Err() != nil {
		err = context.Cause(limit)
	}
	return &SignalError{Signal: "span processors of the service", Err: err}
}

// hasProcessors reports whether any processor is registered in addition to Setup's. It
// flushes the provider with a context that counts the checks: the provider checks the
// context before it flushes each processor, so a second check means a second processor.
// Setup's processor comes first and does nothing in this flush.
func (r Registered) hasProcessors() bool {
	if r.provider == nil {
		return false
	}
	counting := &countingContext{Context: context.WithValue(context.Background(), serviceProcessorsOnlyKey{}, true)}
	_ = r.provider.ForceFlush(counting)
	return counting.doneCalls > 1
}

// countingContext counts the calls of Done. At the second call it is canceled, so that a
// flush with this context ends before it calls the second processor.
type countingContext struct {
	context.Context
	// doneCalls is the number of calls of Done.
	doneCalls int
}

// closedChannel is a channel that is already closed.
var closedChannel = func() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}()

func (p *countingContext) Done() <-chan struct{} {
	p.doneCalls++
	if p.doneCalls > 1 {
		return closedChannel
	}
	return nil
}

func (p *countingContext) Err() error {
	if p.doneCalls > 1 {
		return context.Canceled
	}
	return nil
}

// serviceProcessorsOnlyKey is the context key that marks a flush or shutdown of only the
// processors of the service. core.Telemetry flushes and shuts down Setup's processor
// separately.
type serviceProcessorsOnlyKey struct{}

// setupProcessor wraps Setup's processor; see [NewSetupProcessor].
type setupProcessor struct{ sdktrace.SpanProcessor }

// NewSetupProcessor wraps next so that a flush or shutdown marked with
// serviceProcessorsOnlyKey skips it.
func NewSetupProcessor(next sdktrace.SpanProcessor) sdktrace.SpanProcessor {
	return setupProcessor{next}
}

func (p setupProcessor) ForceFlush(ctx context.Context) error {
	if ctx.Value(serviceProcessorsOnlyKey{}) != nil {
		return nil
	}
	return p.SpanProcessor.ForceFlush(ctx)
}

func (p setupProcessor) Shutdown(ctx context.Context) error {
	if ctx.Value(serviceProcessorsOnlyKey{}) != nil {
		return nil
	}
	return p.SpanProcessor.Shutdown(ctx)
}
