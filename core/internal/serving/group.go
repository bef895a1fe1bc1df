package serving

import (
	"context"
	"fmt"
	"sync"

	"github.com/samespan/samespan/core/internal/exporterror"
)

// Servers are the servers of a service, which end together. The zero value has
// none.
type Servers struct {
	mu    sync.Mutex
	group *group
}

// Service is what the servers serve for.
type Service struct {
	Times Times
	// Signals says that SIGINT and SIGTERM end the service.
	Signals bool
	// Starting is called before servers are started.
	Starting func()
	// Draining is called when the end has begun.
	Draining func()
	// Closing is called before connections are closed.
	Closing func()
	// Abandon is called when the servers of a call have stopped after a failure,
	// while those of other calls go on.
	Abandon func(*End)
	// Rest is called once, when all servers have stopped. It returns what is wrong
	// with the service.
	Rest func(*End) []error
}

// group is the calls of Serve from the first until the service has ended.
type group struct {
	Service
	mu    *sync.Mutex
	calls int
	// begun is closed when the end has begun, and end is set then.
	begun chan struct{}
	end   *End
	// failure is why the end has begun, where that is a server's.
	failure error
	// last says that a call has found itself to be the last, which ends the
	// service. One that comes meanwhile waits for it.
	last bool
	// down is closed when the service has ended, and problems are set then.
	down     chan struct{}
	problems []error

	stopSignals func()
}

// join adds a call.
func (s *Servers) join(ctx context.Context, service Service) *group {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.group
	if g == nil {
		g = &group{Service: service, mu: &s.mu, begun: make(chan struct{}), down: make(chan struct{}), stopSignals: func() {}}
		s.group = g
		if service.Signals {
			g.stopSignals = watchSignals(
				func() { g.begin(ctx) },
				func() { g.end.interrupt(exporterror.ErrSecondSignal) },
			)
		}
	}
	g.calls++
	return g
}

// begin begins the end, once.
func (g *group) begin(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.beginFor(ctx, nil)
}

// beginFor is begin with the failure that is the reason. It is called with mu
// held.
func (g *group) beginFor(ctx context.Context, failure error) {
	if g.end != nil {
		return
	}
	g.end, g.failure = newEnd(ctx, g.Times), failure
	g.Draining()
	close(g.begun)
}

// fail takes a call away whose server has failed, and reports whether others go
// on without it. Where there are none, the end begins.
func (g *group) fail(ctx context.Context, failure error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
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

// leave ends a call whose servers have stopped. The last one ends the service, for
// which the others wait.
func (s *Servers) leave(g *group) []error {
	s.mu.Lock()
	g.calls--
	last := g.calls == 0 && !g.last
	g.last = g.last || last
	s.mu.Unlock()
	if !last {
		<-g.down
		return g.problems
	}
	g.problems = g.Rest(g.end)
	g.stopSignals()
	g.end.cancel()
	s.mu.Lock()
	s.group = nil
	s.mu.Unlock()
	close(g.down)
	return g.problems
}
