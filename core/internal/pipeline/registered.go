package pipeline

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Registered are the span processors that the service registers on the SDK's
// provider itself, beside the one of Setup. They are flushed and shut down with
// everything else, at the same time: whatever they do, they keep back no span of
// the service.
type Registered struct {
	// provider is nil where no traces are made.
	provider *sdktrace.TracerProvider
}

// NewRegistered returns those of provider.
func NewRegistered(provider *sdktrace.TracerProvider) Registered {
	return Registered{provider: provider}
}

// Flush flushes them until limit is over.
func (r Registered) Flush(limit context.Context) error {
	if r.provider == nil {
		return nil
	}
	return r.run(limit, r.provider.ForceFlush)
}

// Shutdown shuts them down until limit is over. Without any the provider stays
// as it is: after its shutdown, spans that end too late are not counted.
func (r Registered) Shutdown(limit context.Context) error {
	if !r.any() {
		return nil
	}
	return r.run(limit, r.provider.Shutdown)
}

// run calls do until limit is over. A processor may block, panic or fail.
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
		err = do(context.WithValue(limit, othersOnly{}, true))
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

// any reports whether there are any. The provider asks the context before each
// processor that it flushes: the one of Setup comes first, and does nothing.
func (r Registered) any() bool {
	if r.provider == nil {
		return false
	}
	probe := &flushProbe{Context: context.WithValue(context.Background(), othersOnly{}, true)}
	_ = r.provider.ForceFlush(probe)
	return probe.asked > 1
}

// flushProbe is the context of a flush that ends before the second processor.
type flushProbe struct {
	context.Context
	asked int
}

var doneAlready = func() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}()

func (p *flushProbe) Done() <-chan struct{} {
	p.asked++
	if p.asked > 1 {
		return doneAlready
	}
	return nil
}

func (p *flushProbe) Err() error {
	if p.asked > 1 {
		return context.Canceled
	}
	return nil
}

// othersOnly is in the context of calls that are for the processors of the
// service: Telemetry flushes and shuts down the one of Setup itself.
type othersOnly struct{}

// setupProcessor is the processor of Setup as the provider has it.
type setupProcessor struct{ sdktrace.SpanProcessor }

// NewSetupProcessor returns next as one that those calls leave alone.
func NewSetupProcessor(next sdktrace.SpanProcessor) sdktrace.SpanProcessor {
	return setupProcessor{next}
}

func (p setupProcessor) ForceFlush(ctx context.Context) error {
	if ctx.Value(othersOnly{}) != nil {
		return nil
	}
	return p.SpanProcessor.ForceFlush(ctx)
}

func (p setupProcessor) Shutdown(ctx context.Context) error {
	if ctx.Value(othersOnly{}) != nil {
		return nil
	}
	return p.SpanProcessor.Shutdown(ctx)
}
