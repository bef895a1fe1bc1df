package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/hedge"
	"github.com/samespan/samespan/core/internal/selflog"
)

// Pipeline connects one signal to one exporter, and can be flushed and shut down.
type Pipeline struct {
	*account.Counter
	// Provider is the component to flush and shut down. It is nil if nothing is exported.
	Provider interface {
		ForceFlush(context.Context) error
		Shutdown(context.Context) error
	}
	// End shuts down the exporter if the provider has not done so in time. It may be
	// called concurrently with the provider's shutdown, and more than once.
	End      func(context.Context) error
	Lifetime *Lifetime
	// Urgency is the deadline for export attempts; nil if the exporter is not
	// OTLP.
	Urgency *hedge.Urgency
	// flushSemaphore is a semaphore that allows one flush at a time.
	flushSemaphore chan struct{}
	// Queue limits the number of queued items; nil if the signal has no queue.
	Queue *Queue
	// Points counts the data points of metrics; nil for other signals.
	Points *account.Counters
}

// New returns the pipeline of a signal. See [account.NewCounter] for item and unit.
func New(signal, item, unit string, report *selflog.Reporter) *Pipeline {
	return &Pipeline{
		Counter:        account.NewCounter(signal, item, unit, report),
		flushSemaphore: make(chan struct{}, 1),
	}
}

// Flush exports all queued items. It returns when limit ends, but does not cancel the
// export in progress, because the SDK would lose the batch. A later flush therefore waits
// for the earlier one to end.
func (p *Pipeline) Flush(limit context.Context) (*account.Loss, error) {
	if p.Provider == nil {
		return nil, nil
	}
	endUrgency := p.Urgency.Begin(limit) // also applies to an export that an earlier flush began
	defer endUrgency()
	select {
	case p.flushSemaphore <- struct{}{}:
	case <-limit.Done():
		return p.lossOrError(limit, p.Stats(), limit.Err())
	}
	before := p.Stats()
	done := make(chan error, 1)
	go func() {
		err := p.Provider.ForceFlush(p.Lifetime.Context)
		<-p.flushSemaphore
		done <- err
	}()
	return p.lossOrError(limit, before, Within(limit, done))
}

// Within returns the value received from done, or an error if limit ends first.
func Within(limit context.Context, done <-chan error) error {
	if ended, err := await(limit, done); ended {
		return err
	}
	return limit.Err()
}

// await returns true and the value received from done, even if ctx has ended as well. It
// returns false if ctx ends first.
func await(ctx context.Context, done <-chan error) (ended bool, err error) {
	select {
	case err := <-done:
		return true, err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return true, err
	default:
		return false, nil
	}
}

// abortedExportWait limits how long Shutdown waits for an aborted export to return.
// Shutdown aborts the export in progress when the time limit has passed. The items of the
// export are counted only when it returns.
const abortedExportWait = 500 * time.Millisecond

// Shutdown exports all queued items and shuts down the signal. When limit ends, it aborts
// the export in progress, so that nothing continues in the background, and counts the
// remaining items as lost.
func (p *Pipeline) Shutdown(limit context.Context) (*account.Loss, error) {
	if p.Provider == nil {
		return nil, nil
	}
	before := p.Stats()
	endUrgency := p.Urgency.BeginLast(limit)
	defer endUrgency()
	done := make(chan error, 1)
	returned := make(chan struct{})
	// The SDK may wait for a callback of the service that does not return, so call it in
	// a goroutine.
	go func() {
		defer close(returned)
		done <- p.Provider.Shutdown(limit)
	}()
	err := Within(limit, done)
	if limit.Err() != nil {
		p.Lifetime.cancel(context.Cause(limit))
		ctx, cancel := context.WithTimeout(context.Background(), abortedExportWait)
		_ = p.End(ctx)
		// Wait for the provider's shutdown as well as the exporter's: an export of metrics
		// may still be in progress after the exporter's shutdown, and it is counted before
		// the provider's shutdown returns.
		for _, ended := range []<-chan struct{}{p.Lifetime.shutdownDone, returned} {
			select {
			case <-ended:
			case <-ctx.Done():
			}
		}
		cancel()
	}
	p.dropQueued()
	return p.lossOrError(limit, before, err)
}

// dropQueued counts the items in the queue as dropped.
func (p *Pipeline) dropQueued() {
	if p.Queue != nil {
		p.Drop(p.Queue.abandon(), account.NotSent)
	}
}

// lossOrError returns the items that a flush or shutdown has lost. If nothing was lost,
// it returns err with the name of the signal. The arguments describe the flush or
// shutdown: limit is its time limit, before has the counts at its start, and err is its
// error.
func (p *Pipeline) lossOrError(limit context.Context, before account.Counts, err error) (*account.Loss, error) {
	timedOut := limit.Err() != nil && err != nil && errors.Is(err, limit.Err())
	if lost := p.LossSince(before); lost != nil {
		if timedOut {
			lost.Over = context.Cause(limit)
		}
		return lost, nil
	}
	if err == nil {
		return nil, nil
	}
	if timedOut {
		err = context.Cause(limit)
	}
	return nil, &SignalError{Signal: p.Signal, Err: err}
}

// SignalError is an error together with the name of its signal.
type SignalError struct {
	Signal string
	Err    error
}

func (e *SignalError) Error() string { return e.Signal + ": " + e.Err.Error() }
func (e *SignalError) Unwrap() error { return e.Err }
