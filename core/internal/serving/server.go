package serving

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/samespan/samespan/core/internal/pipeline"
)

// Server has the methods of core.Server, which this package cannot import.
type Server interface {
	ListenAndServe() error
	Shutdown(ctx context.Context) error
}

// Serve runs servers until ctx ends, a signal arrives or a server ends. After that, the
// servers continue for delay and are then stopped. Serve returns the errors of stopping
// and of the whole service.
func (s *Servers) Serve(ctx context.Context, service Service, delay time.Duration, servers []Server) []error {
	g := s.addCall(ctx, service)
	select {
	case <-g.stopping:
		return append(s.finishCall(g), g.lateCallError())
	default:
	}
	service.Starting()
	if ctx.Err() != nil {
		g.beginShutdown(ctx)
		return s.finishCall(g)
	}
	var running []*runningServer
	serverErrs := make(chan error, len(servers))
	for _, server := range servers {
		running = append(running, newRunningServer(server))
	}
	// Prepare all first: several may share one http.Server, which prepareServer changes.
	for _, server := range running {
		server.start(serverErrs)
	}
	select {
	case err := <-serverErrs:
		if err != nil {
			if g.removeFailedCall(ctx, err) {
				return stopAfterFailure(ctx, service, running)
			}
			delay = 0
		} else {
			g.beginShutdown(ctx)
		}
	case <-ctx.Done():
		g.beginShutdown(ctx)
	case <-g.stopping:
	}
	problems := stopAll(g.end, running, delay, service.Closing)
	return append(problems, s.finishCall(g)...)
}

// stopAfterFailure stops the servers of one call of Serve after one of them has failed.
// The servers of other calls continue.
func stopAfterFailure(ctx context.Context, service Service, running []*runningServer) []error {
	end := startGracePeriod(ctx, service.Times)
	defer end.cancel()
	// Pass an empty function in place of service.Closing, because the service continues:
	// other calls of Serve still have running servers.
	problems := stopAll(end, running, 0, func() {})
	service.Abandon(end)
	return problems
}

// stopAll stops all servers concurrently. For each server that cannot be shut down
// gracefully, it calls beforeClose and then closes the connections of the server.
func stopAll(end *End, running []*runningServer, delay time.Duration, beforeClose func()) (problems []error) {
	all := make([][]error, len(running))
	var group sync.WaitGroup
	for i, s := range running {
		group.Go(func() { all[i] = s.stop(end, delay, beforeClose) })
	}
	group.Wait()
	for _, errs := range all {
		problems = append(problems, errs...)
	}
	return problems
}

// serveError returns err, which is the result of ListenAndServe. It returns nil if err
// only says that the server was shut down.
func serveError(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// recoverAsError calls do, a method of a server, and returns its error. A panic becomes an
// error with the stack. It would otherwise end the process before the telemetry is exported,
// since the service cannot recover it.
func recoverAsError(do func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("the server panicked: %v\n%s", value, debug.Stack())
		}
	}()
	return do()
}

// runningServer is a server of a call of Serve.
type runningServer struct {
	server Server
	// done is closed after ListenAndServe has returned.
	done chan struct{}
	// err is the error of ListenAndServe. It may be read only after done is closed.
	err error
}

// newRunningServer prepares server, which start then starts.
func newRunningServer(server Server) *runningServer {
	return &runningServer{server: prepareServer(server), done: make(chan struct{})}
}

// start starts the server, and sends its error to errs when it ends.
func (s *runningServer) start(errs chan<- error) {
	go func() {
		s.err = serveError(recoverAsError(s.server.ListenAndServe))
		close(s.done)
		errs <- s.err
	}()
}

// stop waits for delay, while the server continues, and then drains the server. See
// stopAll for beforeClose.
func (s *runningServer) stop(end *End, delay time.Duration, beforeClose func()) []error {
	if server, ok := s.server.(interface{ StopKeepAlives() }); ok {
		server.StopKeepAlives()
	}
	delayTimer := time.NewTimer(delay)
	defer delayTimer.Stop()
	select {
	case <-s.done:
		return s.drainEndedServer(end, beforeClose)
	case <-delayTimer.C:
	case <-end.Work.Done():
	}
	return s.drain(end, beforeClose)
}

// drainEndedServer waits for the requests in progress of a server that is no longer
// running, for example because its listener failed or other code shut it down. If the
// server has no method Close, drainEndedServer does not wait.
func (s *runningServer) drainEndedServer(end *End, beforeClose func()) []error {
	if _, ok := s.server.(interface{ Close() error }); !ok {
		return []error{s.err}
	}
	done := make(chan error, 1)
	go func() { done <- recoverAsError(func() error { return s.server.Shutdown(end.Work) }) }()
	// Ignore the error of Shutdown, which says only that the server is not running.
	if _ = pipeline.Within(end.Work, done); end.Work.Err() == nil {
		return []error{s.err}
	}
	return []error{s.err, fmt.Errorf("requests are still in progress: %w", context.Cause(end.Work)), s.closeConnections(end, beforeClose)}
}

// drain stops the server and waits for the requests in progress.
func (s *runningServer) drain(end *End, beforeClose func()) (problems []error) {
	done := make(chan error, 1)
	// Call Shutdown in a goroutine: a server that ignores its context must not prevent
	// the export.
	go func() { done <- recoverAsError(func() error { return s.server.Shutdown(end.Work) }) }()
	err := pipeline.Within(end.Work, done)
	if err != nil {
		if end.Work.Err() != nil {
			err = fmt.Errorf("requests are still in progress: %w", context.Cause(end.Work))
		}
		problems = append(problems, err, s.closeConnections(end, beforeClose))
	}
	select {
	case <-s.done:
	case <-end.Work.Done():
	}
	select {
	case <-s.done: // check again, since both channels may have been ready
		problems = append(problems, s.err)
	default:
		if err == nil {
			problems = append(problems, fmt.Errorf("the server has not stopped: %w", context.Cause(end.Work)))
		}
	}
	return problems
}

// closeConnections calls beforeClose, closes the server's connections, and waits for its
// handlers. If the server has no method Close, closeConnections does nothing.
func (s *runningServer) closeConnections(end *End, beforeClose func()) error {
	server, ok := s.server.(interface{ Close() error })
	if !ok {
		return nil
	}
	beforeClose()
	err := recoverAsError(server.Close)
	if server, ok := s.server.(interface{ Wait(context.Context) error }); ok {
		// Ignore the error: the error about the requests in progress already covers it.
		_ = recoverAsError(func() error { return server.Wait(end.Handlers) })
	}
	return err
}
