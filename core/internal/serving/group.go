package serving

import (
	"context"
	"fmt"
	"sync"

	"github.com/samespan/samespan/core/internal/exporterror"
)

// Servers are the servers of a service, which stop together. The zero value is an empty
// set.
type Servers struct {
	mu    sync.Mutex
	group *group
}

// Service holds the time limits and the callbacks of a service.
type Service struct {
	Times Times
	// Signals makes SIGINT and SIGTERM stop the service.
	Signals bool
	// Starting is called before servers start.
	Starting func()
	// Draining is called when the shutdown begins.
	Draining func()
	// Closing is called for each server that cannot be shut down gracefully, just before
	// its connections are closed. The calls may be concurrent.
	Closing func()
	// Abandon is called if one call of Serve has stopped its servers after a failure,
	// while the servers of other calls continue.
	Abandon func(*End)
	// Rest is called once, after all servers have stopped, to shut down the rest of the
	// service. It returns the errors of the service.
	Rest func(*End) []error
}

// group tracks the calls of Serve from the first one until the service has
// stopped.
type group struct {
	Service
	mu *sync.Mutex
	// serveCalls is the number of calls of Serve in progress.
	serveCalls int
	// stopping is closed when the shutdown begins.
	stopping chan struct{}
	// end holds the contexts of the shutdown. It is set before stopping is closed.
	end *End
	// failure is the server failure that began the shutdown, or nil.
	failure error
	// stopClaimed is set when the only call of Serve that is left begins to stop the service.
	// Calls that begin later only wait until the service has stopped.
	stopClaimed bool
	// stopped is closed when the service has stopped.
	stopped chan struct{}
	// errs holds the errors of Rest, the last step of a stop. It is set before stopped is closed.
	errs []error

	// stopWatchingSignals ends the handling of SIGINT and SIGTERM.
	stopWatchingSignals func()
}

// addCall adds a call of Serve to the group.
func (s *Servers) addCall(ctx context.Context, service Service) *group {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.group
	if g == nil {
		g = &group{Service: service, mu: &s.mu, stopping: make(chan struct{}), stopped: make(chan struct{}), stopWatchingSignals: func() {}}
		s.group = g
		if service.Signals {
			g.stopWatchingSignals = watchSignals(
				func() { g.beginShutdown(ctx) },
				func() { g.end.interrupt(exporterror.ErrSecondSignal) },
			)
		}
	}
	g.serveCalls++
	return g
}

// beginShutdown begins the shutdown, once.
func (g *group) beginShutdown(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.beginShutdownLocked(ctx, nil)
}

// beginShutdownLocked is like beginShutdown, but the caller holds mu. failure is the
// server failure that is the reason for the shutdown, or nil.
func (g *group) beginShutdownLocked(ctx context.Context, failure error) {
	if g.end != nil {
		return
	}
	g.end, g.failure = startGracePeriod(ctx, g.Times), failure
	g.Draining()
	close(g.stopping)
}

// removeFailedCall removes a call of Serve whose server has failed, and reports whether other
// calls of Serve continue. If none does, the shutdown begins.
func (g *group) removeFailedCall(ctx context.Context, failure error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.end == nil && g.serveCalls > 1 {
		g.serveCalls--
		return true
	}
	g.beginShutdownLocked(ctx, failure)
	return false
}

// lateCallError returns the error of a call of Serve that begins after the shutdown has
// begun. The error is nil unless a server failure has caused the shutdown.
func (g *group) lateCallError() error {
	if g.failure == nil {
		return nil
	}
	return fmt.Errorf("not started, since another server has failed: %w", g.failure)
}

// finishCall is the end of a call of Serve whose servers have stopped. The last such call
// stops the service, and the others wait until it has stopped. finishCall returns the errors
// of the stop.
func (s *Servers) finishCall(g *group) []error {
	s.mu.Lock()
	g.serveCalls--
	isLastCall := g.serveCalls == 0 && !g.stopClaimed
	g.stopClaimed = g.stopClaimed || isLastCall
	s.mu.Unlock()
	if !isLastCall {
		<-g.stopped
		return g.errs
	}
	g.errs = g.Rest(g.end)
	g.stopWatchingSignals()
	g.end.cancel()
	s.mu.Lock()
	s.group = nil
	s.mu.Unlock()
	close(g.stopped)
	return g.errs
}
