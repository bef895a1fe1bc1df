package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/samespan/samespan/core/internal/settings"
)

// servers are the calls of Serve under one Telemetry, which end together.
type servers struct {
	mu    sync.Mutex
	group *group
}

// group is the calls of Serve from the first until the telemetry is shut down.
type group struct {
	t     *Telemetry
	calls int
	// begun is closed when the end has begun, and end is set then.
	begun chan struct{}
	end   *stop
	// failure is why the end has begun, where that is a server's.
	failure error
	// last says that a call has found itself to be the last, which shuts the
	// telemetry down. One that comes meanwhile waits for it.
	last bool
	// down is closed when the telemetry is shut down, and problems are set then.
	down     chan struct{}
	problems []error

	stopSignals func()
}

// joinServing adds a call.
func (t *Telemetry) joinServing(ctx context.Context) *group {
	t.servers.mu.Lock()
	defer t.servers.mu.Unlock()
	g := t.servers.group
	if g == nil {
		g = &group{t: t, begun: make(chan struct{}), down: make(chan struct{}), stopSignals: func() {}}
		t.servers.group = g
		if !t.withoutSignals {
			g.stopSignals = watchSignals(
				func() { g.begin(ctx) },
				func() { g.end.interrupt(ErrSecondSignal) },
			)
		}
	}
	g.calls++
	return g
}

// begin begins the end, once.
func (g *group) begin(ctx context.Context) {
	g.t.servers.mu.Lock()
	defer g.t.servers.mu.Unlock()
	g.beginFor(ctx, nil)
}

// beginFor is begin with the failure that is the reason. It is called with mu
// held.
func (g *group) beginFor(ctx context.Context, failure error) {
	if g.end != nil {
		return
	}
	g.end, g.failure = g.t.newStop(ctx), failure
	g.t.drain()
	// For servers that have no StopKeepAlives.
	g.t.engine.ServerStopping()
	close(g.begun)
}

// fail takes a call away whose server has failed, and reports whether others go
// on without it. Where there are none, the end begins.
func (g *group) fail(ctx context.Context, failure error) bool {
	g.t.servers.mu.Lock()
	defer g.t.servers.mu.Unlock()
	if g.end == nil && g.calls > 1 {
		g.calls--
		return true
	}
	g.beginFor(ctx, failure)
	return false
}

// notStarted returns what is wrong with the service where a call comes after the
// end has begun, nil after an end that was asked for.
func (g *group) notStarted() error {
	if g.failure == nil {
		return nil
	}
	return fmt.Errorf("not started, since another server has failed: %w", g.failure)
}

// leaveServing ends a call whose servers have stopped. The last one shuts t
// down, for which the others wait.
func (t *Telemetry) leaveServing(g *group) []error {
	t.servers.mu.Lock()
	g.calls--
	last := g.calls == 0 && !g.last
	g.last = g.last || last
	t.servers.mu.Unlock()
	if !last {
		<-g.down
		return g.problems
	}
	g.problems = g.end.rest(t)
	g.stopSignals()
	g.end.cancel()
	t.servers.mu.Lock()
	t.servers.group = nil
	t.servers.mu.Unlock()
	close(g.down)
	return g.problems
}

// stop is an end: contexts for those who still work, for handlers whose
// connections were closed, and for sending what they left.
type stop struct {
	work     context.Context
	handlers context.Context
	all      context.Context
	flush    time.Duration

	interrupt context.CancelCauseFunc
	cancel    func()
}

// newStop begins the grace period.
func (t *Telemetry) newStop(ctx context.Context) *stop {
	s := &stop{flush: t.shutdownTimeout}
	ctx, s.interrupt = context.WithCancelCause(context.WithoutCancel(ctx))
	reserve := settings.Sending(t.shutdownTimeout, t.gracePeriod)
	before := func(reserve time.Duration) (context.Context, context.CancelFunc) {
		return context.WithTimeoutCause(ctx, t.gracePeriod-reserve, gracePeriodOver(reserve, t.gracePeriod))
	}
	var cancels [3]context.CancelFunc
	s.all, cancels[0] = before(0)
	s.handlers, cancels[1] = before(reserve / 2)
	s.work, cancels[2] = before(reserve)
	s.cancel = func() {
		for _, cancel := range cancels {
			cancel()
		}
		s.interrupt(nil)
	}
	return s
}

// rest waits for what still works and shuts t down. It returns what is wrong
// with the service; what is wrong with the telemetry is logged.
func (s *stop) rest(t *Telemetry) []error {
	var tasks, exchanges error
	var waiting sync.WaitGroup
	waiting.Go(func() { tasks = t.tasks.stop(s.work, s.all) })
	waiting.Go(func() { exchanges = t.engine.Wait(s.handlers) })
	waiting.Wait()
	if exchanges != nil && s.handlers.Err() == nil {
		t.say(slog.LevelWarn, "core: a span is lost", slog.Any("error", exchanges))
		exchanges = nil
	}
	for _, problem := range t.shutdown(func() (context.Context, context.CancelFunc) {
		return context.WithTimeoutCause(s.all, s.flush, shutdownTimeOver("shutdown", s.flush))
	}) {
		if problem != nil && !errors.Is(problem, ErrLost) { // losses are logged already
			t.say(slog.LevelWarn, "core: the telemetry has not ended well", slog.Any("error", problem))
		}
	}
	return []error{tasks, exchanges}
}
