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

// ForceFlush exports all ended spans, metrics and log records, the three signals
// concurrently. It takes at most the time of [WithShutdownTimeout], or less if ctx has an
// earlier deadline. If ctx has already ended, it is ignored. The error counts what was
// lost. Items that are not exported in time are exported later. Once a shutdown has begun
// to export, ForceFlush waits for the shutdown and returns the same error.
func (t *Telemetry) ForceFlush(ctx context.Context) error {
	t = t.ensureInitialized()
	if t.finalExportBegun.Load() {
		return t.Shutdown(ctx)
	}
	limit, cancel := timelimit.Bound(ctx, t.shutdownTimeout, "flush")
	defer cancel()
	flushErr := make(chan error, 1)
	go func() { flushErr <- t.providers.FlushAdded(limit) }()
	problems := t.providers.Each(func(p *pipeline.Pipeline) error { return lossError(p.Flush(limit)) })
	err := joinWithPrefix("core: flush", append(problems, <-flushErr)...)
	if t.finalExportBegun.Load() {
		// A shutdown has begun during the flush, and err does not count what the shutdown
		// has lost.
		return t.Shutdown(ctx)
	}
	return err
}

// Shutdown waits for the tasks of [Telemetry.Go], exports all remaining telemetry, the
// three signals concurrently, and frees all resources. It takes at most the time of
// [WithShutdownTimeout], or less if ctx has an earlier deadline. If ctx has already
// ended, it is ignored, so that nothing is lost. Half of the time is reserved for the
// export.
//
// The error counts what was lost. Later and concurrent calls wait for the first call and
// return its error.
//
// A service that uses [Telemetry.Serve] need not call Shutdown.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	t = t.ensureInitialized()
	return joinWithPrefix("core: shutdown", t.shutdown(func() (context.Context, context.CancelFunc) {
		return timelimit.Bound(ctx, t.shutdownTimeout, "shutdown")
	})...)
}

// shutdown shuts t down once, within the context that begin returns, and
// returns the errors.
func (t *Telemetry) shutdown(begin func() (context.Context, context.CancelFunc)) []error {
	t.shutdownOnce.Do(func() {
		t.startDraining()
		limit, cancel := begin()
		defer cancel()
		tasks := t.stopTasks(limit)
		// Set finalExportBegun only after the wait for tasks. Once it is set, ForceFlush waits
		// for this shutdown. If a task called ForceFlush then, the task and the shutdown
		// would wait for each other.
		t.finalExportBegun.Store(true)
		exportErr := make(chan error, 1)
		go func() { exportErr <- t.providers.ShutdownAdded(limit) }()
		signals := t.providers.Each(func(p *pipeline.Pipeline) error { return lossError(p.Shutdown(limit)) })
		added := <-exportErr
		t.providers.Stop(limit)
		for _, p := range t.providers.Pipelines() {
			p.ReportRest()
		}
		t.reporter.Close()
		t.logLosses()
		globals.release(t)
		t.shutdownErrors = slices.Concat([]error{tasks}, signals, []error{added})
	})
	return t.shutdownErrors
}

// stopTasks waits for the background tasks. When half of the time that remains in limit has
// passed, it cancels their contexts, and waits for up to another second.
func (t *Telemetry) stopTasks(limit context.Context) error {
	ctx, cancel := limit, context.CancelFunc(func() {})
	if deadline, ok := limit.Deadline(); ok {
		ctx, cancel = context.WithTimeoutCause(limit, time.Until(deadline)/2, task.ErrTimeout)
	}
	defer cancel()
	return t.tasks.Stop(ctx, limit)
}

// joinWithPrefix joins the non-nil errors, each prefixed with the name of the operation.
func joinWithPrefix(operation string, problems ...error) error {
	errs := make([]error, len(problems))
	for i, problem := range problems {
		if problem != nil {
			errs[i] = fmt.Errorf("%s: %w", operation, problem)
		}
	}
	return errors.Join(errs...)
}
