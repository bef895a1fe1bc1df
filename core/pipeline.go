package core

import (
	"context"
	"errors"
	"time"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/hedge"
	"github.com/samespan/samespan/core/internal/selflog"
)

// pipeline carries one signal, traces, metrics or logs: how to flush it and how
// to end it.
type pipeline struct {
	*account.Counter
	// provider is nil where nothing is exported.
	provider interface {
		ForceFlush(context.Context) error
		Shutdown(context.Context) error
	}
	// end shuts down what the provider did not come to in time. It may be
	// called while the provider calls it, and again after that.
	end  func(context.Context) error
	line *lifeline
	// urgency is that of the attempts to export; nil if not over OTLP.
	urgency *hedge.Urgency
	// flushing lets one flush in at a time.
	flushing chan struct{}
	// queue is nil where there is none.
	queue *admission
}

// newPipeline returns the pipeline of a signal, one thing of which is an item
// here and a unit to the collector.
func newPipeline(signal, item, unit string, report *selflog.Reporter) *pipeline {
	return &pipeline{
		Counter:  account.NewCounter(signal, item, unit, report),
		flushing: make(chan struct{}, 1),
	}
}

// flush sends what is queued, until limit is over. What is under way then goes
// on, since the SDK would give up the batch that it has in hand; so one flush
// waits for another.
func (p *pipeline) flush(limit context.Context) (*account.Loss, error) {
	if p.provider == nil {
		return nil, nil
	}
	select {
	case p.flushing <- struct{}{}:
	case <-limit.Done():
		return p.lossOr(limit, p.Stats(), limit.Err())
	}
	before := p.Stats()
	defer p.urgency.Begin(limit)()
	done := make(chan error, 1)
	go func() {
		err := p.provider.ForceFlush(p.line.ctx)
		<-p.flushing
		done <- err
	}()
	return p.lossOr(limit, before, within(limit, done))
}

// within returns what comes from done, or why it has not come in time.
func within(limit context.Context, done <-chan error) error {
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

// shutdown sends what is queued and ends the signal, until limit is over. Then
// the export under way is given up, so that nothing goes on behind the caller's
// back, and what was not sent is counted as lost.
func (p *pipeline) shutdown(limit context.Context) (*account.Loss, error) {
	if p.provider == nil {
		return nil, nil
	}
	before := p.Stats()
	defer p.urgency.Begin(limit)()
	done := make(chan error, 1)
	// The SDK waits for a callback of the service that does not return.
	go func() { done <- p.provider.Shutdown(limit) }()
	err := within(limit, done)
	if limit.Err() != nil {
		p.line.giveUp(context.Cause(limit))
		ctx, cancel := context.WithTimeout(context.Background(), lastMoments)
		_ = p.end(ctx)
		select {
		case <-p.line.closed:
		case <-ctx.Done():
		}
		cancel()
	}
	p.dropQueued()
	return p.lossOr(limit, before, err)
}

// dropQueued counts what waits in the queue as lost.
func (p *pipeline) dropQueued() {
	if p.queue != nil {
		p.Drop(p.queue.abandon(), account.NotSent)
	}
}

// lossOr returns what was lost since before, or else err, which is what the SDK
// said about it.
func (p *pipeline) lossOr(limit context.Context, before account.Counts, err error) (*account.Loss, error) {
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
	return nil, &signalError{signal: p.Signal, err: err}
}

// signalError names the signal that an error is about.
type signalError struct {
	signal string
	err    error
}

func (e *signalError) Error() string { return e.signal + ": " + e.err.Error() }
func (e *signalError) Unwrap() error { return e.err }
