package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/hedge"
	"github.com/samespan/samespan/core/internal/selflog"
)

// Pipeline carries one signal, traces, metrics or logs: how to flush it and how
// to end it.
type Pipeline struct {
	*account.Counter
	// Provider is nil where nothing is exported.
	Provider interface {
		ForceFlush(context.Context) error
		Shutdown(context.Context) error
	}
	// End shuts down what the provider did not come to in time. It may be
	// called while the provider calls it, and again after that.
	End      func(context.Context) error
	Lifetime *Lifetime
	// Urgency is that of the attempts to export; nil if not over OTLP.
	Urgency *hedge.Urgency
	// flushing lets one flush in at a time.
	flushing chan struct{}
	// Queue is nil where there is none.
	Queue *Queue
	// Points are the data points of metrics, nil for the other signals.
	Points *account.Tally
}

// New returns the pipeline of a signal, one thing of which is an item
// here and a unit to the collector.
func New(signal, item, unit string, report *selflog.Reporter) *Pipeline {
	return &Pipeline{
		Counter:  account.NewCounter(signal, item, unit, report),
		flushing: make(chan struct{}, 1),
	}
}

// Flush sends what is queued, until limit is over. What is under way then goes
// on, since the SDK would give up the batch that it has in hand; so one flush
// waits for another.
func (p *Pipeline) Flush(limit context.Context) (*account.Loss, error) {
	if p.Provider == nil {
		return nil, nil
	}
	select {
	case p.flushing <- struct{}{}:
	case <-limit.Done():
		return p.lossOr(limit, p.Stats(), limit.Err())
	}
	before := p.Stats()
	endUrgency := p.Urgency.Begin(limit)
	defer endUrgency()
	done := make(chan error, 1)
	go func() {
		err := p.Provider.ForceFlush(p.Lifetime.Context)
		<-p.flushing
		done <- err
	}()
	return p.lossOr(limit, before, Within(limit, done))
}

// Within returns what comes from done, or why it has not come in time.
func Within(limit context.Context, done <-chan error) error {
	select {
	case err := <-done:
		return err
	case <-limit.Done():
		return limit.Err()
	}
}

// lastMoments is how long a signal whose time is over may take to hand back
// what it still holds, so that it is counted.
const lastMoments = 500 * time.Millisecond

// Shutdown sends what is queued and ends the signal, until limit is over. Then
// the export under way is given up, so that nothing goes on behind the caller's
// back, and what was not sent is counted as lost.
func (p *Pipeline) Shutdown(limit context.Context) (*account.Loss, error) {
	if p.Provider == nil {
		return nil, nil
	}
	before := p.Stats()
	endUrgency := p.Urgency.BeginLast(limit)
	defer endUrgency()
	done := make(chan error, 1)
	// The SDK waits for a callback of the service that does not return.
	go func() { done <- p.Provider.Shutdown(limit) }()
	err := Within(limit, done)
	if limit.Err() != nil {
		p.Lifetime.giveUp(context.Cause(limit))
		ctx, cancel := context.WithTimeout(context.Background(), lastMoments)
		_ = p.End(ctx)
		select {
		case <-p.Lifetime.closed:
		case <-ctx.Done():
		}
		cancel()
	}
	p.dropQueued()
	return p.lossOr(limit, before, err)
}

// dropQueued counts what waits in the queue as lost.
func (p *Pipeline) dropQueued() {
	if p.Queue != nil {
		p.Drop(p.Queue.abandon(), account.NotSent)
	}
}

// lossOr returns what was lost since before, or else err, which is what the SDK
// said about it.
func (p *Pipeline) lossOr(limit context.Context, before account.Counts, err error) (*account.Loss, error) {
	over := limit.Err() != nil && err != nil && errors.Is(err, limit.Err())
	if lost := p.LossSince(before); lost != nil {
		if over {
			lost.Over = context.Cause(limit)
		}
		return lost, nil
	}
	if err == nil {
		return nil, nil
	}
	if over {
		err = context.Cause(limit)
	}
	return nil, &SignalError{Signal: p.Signal, Err: err}
}

// SignalError names the signal that an error is about.
type SignalError struct {
	Signal string
	Err    error
}

func (e *SignalError) Error() string { return e.Signal + ": " + e.Err.Error() }
func (e *SignalError) Unwrap() error { return e.Err }
