package task

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/samespan/samespan/core/internal/plural"
	"github.com/samespan/samespan/core/internal/timelimit"
)

// ErrTimeout is the cause of the tasks' context when the time for background tasks in a
// shutdown is over.
var ErrTimeout error = &timelimit.Over{Text: "the time for background tasks is over"}

// Group tracks the background tasks of a service. The zero value is an empty Group.
type Group struct {
	mu sync.Mutex
	// runningByName has the number of running tasks for each name. runningCount is the
	// number of all running tasks.
	runningByName map[string]int
	runningCount  int
	// idle is closed when runningCount falls to 0. It is nil unless a call waits for it.
	idle chan struct{}
	// ctx is canceled when the tasks should stop.
	ctx    context.Context
	cancel context.CancelFunc
	// abandoned is set when a shutdown has stopped waiting for the tasks.
	abandoned bool
}

// Start counts a task as running. It returns the context of the task and a
// function to call at its end.
func (t *Group) Start(ctx context.Context, name string) (context.Context, func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil {
		t.ctx, t.cancel = context.WithCancel(context.Background())
	}
	if t.runningByName == nil {
		t.runningByName = make(map[string]int)
	}
	t.runningByName[name]++
	t.runningCount++
	ctx, cancel := context.WithCancel(ctx)
	var stop func() bool
	if !t.abandoned {
		stop = context.AfterFunc(t.ctx, cancel)
	}
	return ctx, func() {
		if stop != nil {
			stop()
		}
		cancel()
		t.endTask(name)
	}
}

// endTask counts a task as no longer running.
func (t *Group) endTask(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.runningByName[name]--
	if t.runningByName[name] == 0 {
		delete(t.runningByName, name)
	}
	t.runningCount--
	if t.runningCount == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// taskStopTimeout limits how long Stop waits for tasks after it has canceled their
// contexts. If half of the remaining time is shorter, Stop waits only for that.
const taskStopTimeout = time.Second

// Stop waits for all tasks, including those that start while it waits. When ctx ends, it
// cancels the contexts of the tasks and waits for up to another second, within limit. If
// tasks still run after that, Stop returns an error that names them, and later calls do
// not wait for them.
func (t *Group) Stop(ctx, limit context.Context) error {
	t.mu.Lock()
	abandoned := t.abandoned
	t.mu.Unlock()
	if abandoned || t.Wait(ctx) {
		return nil
	}
	t.mu.Lock()
	t.abandoned = true
	t.mu.Unlock()
	t.cancel()
	timeout := taskStopTimeout
	if deadline, ok := limit.Deadline(); ok {
		timeout = min(timeout, time.Until(deadline)/2)
	}
	stopping, done := context.WithTimeout(limit, timeout)
	defer done()
	if t.Wait(stopping) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.runningCount == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(t.runningByName))
	return fmt.Errorf("%s still running (%s): %w", plural.Count(uint64(t.runningCount), "background task"), strings.Join(names, ", "), context.Cause(ctx))
}

// Wait waits until no task runs or ctx ends. It reports whether all tasks have ended.
func (t *Group) Wait(ctx context.Context) bool {
	t.mu.Lock()
	if t.runningCount == 0 {
		t.mu.Unlock()
		return true
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	idle := t.idle
	t.mu.Unlock()
	select {
	case <-idle:
		return true
	case <-ctx.Done():
		return false
	}
}
