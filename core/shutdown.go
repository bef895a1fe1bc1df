package core

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/task"
	"github.com/samespan/samespan/core/internal/timelimit"
)

// ForceFlush sends what has ended so far, all three signals at the same time.
// Like [Telemetry.Shutdown] it takes its own time, although ctx may have
// ended, and its error counts what was lost. What it does not come to in time
// is sent later. Once a shutdown has begun to send it waits for that one, and
// returns the same.
func (t *Telemetry) ForceFlush(ctx context.Context) error {
	t = t.ready()
	if t.stopping.Load() {
		return t.Shutdown(ctx)
	}
	limit, cancel := timelimit.Bound(ctx, t.shutdownTimeout, "flush")
	defer cancel()
	others := make(chan error, 1)
	go func() { others <- t.providers.FlushAdded(limit) }()
	problems := t.providers.Each(func(p *pipeline.Pipeline) error { return problemOf(p.Flush(limit)) })
	err := prefixed("core: flush", append(problems, <-others)...)
	if t.stopping.Load() {
		// A shutdown came in between: what the SDK said is not about what that
		// one sends.
		return t.Shutdown(ctx)
	}
	return err
}

// Shutdown waits for the tasks of [Telemetry.Go], sends what has ended, all
// three signals at the same time, and frees everything. It is done within the
// time of [WithShutdownTimeout], or before a deadline of ctx if that comes
// first; a ctx that has ended already is no reason to lose anything and
// changes nothing. Half of the time is kept for sending.
//
// The error counts what was lost. Every call, at the same time or later, does
// nothing but wait for the first and return the same.
//
// A service that runs under [Telemetry.Serve] need not call it.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	t = t.ready()
	return prefixed("core: shutdown", t.shutdown(func() (context.Context, context.CancelFunc) {
		return timelimit.Bound(ctx, t.shutdownTimeout, "shutdown")
	})...)
}

// shutdown ends t, once, before the context that begin makes is done, and
// returns what is wrong.
func (t *Telemetry) shutdown(begin func() (context.Context, context.CancelFunc)) []error {
	t.stopOnce.Do(func() {
		t.drain()
		limit, cancel := begin()
		defer cancel()
		tasks := t.stopTasks(limit)
		// Not before: a task may end with a flush, and is waited for.
		t.stopping.Store(true)
		others := make(chan error, 1)
		go func() { others <- t.providers.ShutdownAdded(limit) }()
		signals := t.providers.Each(func(p *pipeline.Pipeline) error { return problemOf(p.Shutdown(limit)) })
		added := <-others
		t.providers.Stop(limit)
		for _, p := range t.providers.Pipelines() {
			p.ReportRest()
		}
		t.reporter.Close()
		t.logLosses()
		globals.release(t)
		t.stopped = slices.Concat([]error{tasks}, signals, []error{added})
	})
	return t.stopped
}

// stopTasks waits for the background tasks during the first half of limit's
// time.
func (t *Telemetry) stopTasks(limit context.Context) error {
	ctx, cancel := limit, context.CancelFunc(func() {})
	if deadline, ok := limit.Deadline(); ok {
		ctx, cancel = context.WithTimeoutCause(limit, time.Until(deadline)/2, task.ErrTimeout)
	}
	defer cancel()
	return t.tasks.Stop(ctx, limit)
}

// prefixed joins problems, each after the name of the operation. Those that are
// nil are none.
func prefixed(operation string, problems ...error) error {
	named := make([]error, len(problems))
	for i, problem := range problems {
		if problem != nil {
			named[i] = fmt.Errorf("%s: %w", operation, problem)
		}
	}
	return errors.Join(named...)
}
