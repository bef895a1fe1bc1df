package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/samespan/samespan/core/internal/pipeline"
)

// Server is what [Telemetry.Serve] runs. An [http.Server] is one; the adapters
// of frameworks with a server of their own have one to offer, and [OnListener]
// makes one of a listener.
//
// Applications and frameworks may implement Server: it gets no further methods.
// What Serve can do with more is in methods that are looked for, as those below.
//
// Serve also calls these methods where a server has them:
//
//   - StopKeepAlives(), when it has been told to stop: answers from then on ask
//     clients to close their connections. The adapters' middlewares see to that
//     themselves, so only a server with other handlers needs it.
//   - Close() error, when the time for the requests in progress is over: it
//     closes their connections.
//   - Wait(context.Context) error, after Close: it waits until the handlers have
//     returned.
type Server interface {
	// ListenAndServe serves until Shutdown, and then returns nil or
	// [http.ErrServerClosed].
	ListenAndServe() error
	// Shutdown stops to accept connections and waits until the requests in
	// progress are answered or ctx is done.
	Shutdown(ctx context.Context) error
}

// Serve runs server, and more, until ctx ends or the process receives SIGINT or
// SIGTERM. Then, all within the grace period (see [WithGracePeriod]), it
//
//   - goes on for the delay of [WithDrainDelay] if there is one, with answers
//     that ask clients to close their connections,
//   - stops accepting connections, and waits for the requests in progress and
//     for the tasks of [Telemetry.Go],
//   - sends what they left and shuts t down.
//
// The time that [WithShutdownTimeout] gives is kept for that, so that one
// request that hangs does not cost the telemetry of all others. When the time
// before is over, connections are closed, and the first half of the time that
// was kept is for handlers whose contexts have ended. A second signal ends all
// waiting at once, but not within half a second of the first: terminals and
// process managers often send two for one stop. See [WithoutSignals] to leave signals to the application. Where ctx has
// ended already, no server is started.
//
// An [http.Server] speaks TLS where its TLSConfig has certificates: Certificates,
// GetCertificate or GetConfigForClient. Serve wraps its Handler, to know of the
// requests in progress.
//
// Several servers, such as the application's and one for administration, end
// together, given to one call or each to a call of its own: what ends one ends
// all of them, and no call returns before t is shut down. Only a call whose
// server fails, as one that cannot listen does, returns that error right away,
// after its own servers have stopped and what has ended was sent; the servers of
// other calls go on. A call that comes when the end has begun starts nothing, and
// returns the error of the server whose failure is the reason.
//
// Serve returns nil after a clean stop, also when something else has shut a
// server down. Otherwise its error says what was wrong with the service.
// Telemetry that was lost is no such error: it is logged, counted in
// [Telemetry.Stats], and returned by [Telemetry.Shutdown].
func (t *Telemetry) Serve(ctx context.Context, server Server, more ...Server) error {
	t = t.ready()
	g := t.joinServing(ctx)
	select {
	case <-g.begun:
		return prefixed("core: serve", append(t.leaveServing(g), g.notStarted())...)
	default:
	}
	if t.stopping.Load() {
		t.say(slog.LevelWarn, "core: the server starts after the telemetry was shut down: nothing of it is exported; call Setup again")
	}
	if ctx.Err() != nil {
		g.begin(ctx)
		return prefixed("core: serve", t.leaveServing(g)...)
	}

	var running []*serving
	ended := make(chan error, 1+len(more))
	for _, s := range append([]Server{server}, more...) {
		running = append(running, start(s, ended))
	}
	delay := t.drainDelay
	select {
	case err := <-ended:
		if err != nil {
			if g.fail(ctx, err) {
				return prefixed("core: serve", t.abandon(ctx, running)...)
			}
			delay = 0
		} else {
			g.begin(ctx)
		}
	case <-ctx.Done():
		g.begin(ctx)
	case <-g.begun:
	}
	problems := t.drainAll(g.end, running, delay, t.engine.ServerClosed)
	return prefixed("core: serve", append(problems, t.leaveServing(g)...)...)
}

// abandon stops the servers of a call one of which has failed, while those of
// other calls go on, and sends what has ended.
func (t *Telemetry) abandon(ctx context.Context, running []*serving) []error {
	end := t.newStop(ctx)
	defer end.cancel()
	// The engine is the others' too: only a last end says that it closes them.
	problems := t.drainAll(end, running, 0, func() {})
	limit, cancel := context.WithTimeoutCause(end.all, t.shutdownTimeout, shutdownTimeOver("flush", t.shutdownTimeout))
	defer cancel()
	// What is lost is logged and counted.
	_ = t.providers.Each(func(p *pipeline.Pipeline) error { return problemOf(p.Flush(limit)) })
	return problems
}

// drainAll stops all servers at the same time. closing is called before
// connections are closed.
func (t *Telemetry) drainAll(end *stop, running []*serving, delay time.Duration, closing func()) (problems []error) {
	all := make([][]error, len(running))
	var group sync.WaitGroup
	for i, s := range running {
		group.Go(func() { all[i] = s.stop(end, delay, closing) })
	}
	group.Wait()
	for _, each := range all {
		problems = append(problems, each...)
	}
	return problems
}

// serveError returns what is wrong with the way a server has ended, nil if
// nothing is.
func serveError(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// serving is a server that was started.
type serving struct {
	server Server
	// done is closed when ListenAndServe has returned err.
	done chan struct{}
	err  error
}

// start starts server, whose end is told to ended.
func start(server Server, ended chan<- error) *serving {
	s := &serving{server: prepared(server), done: make(chan struct{})}
	go func() {
		s.err = serveError(s.server.ListenAndServe())
		close(s.done)
		ended <- s.err
	}()
	return s
}

// stop lets the server go on for delay and then drains it. closing is called
// before connections are closed.
func (s *serving) stop(end *stop, delay time.Duration, closing func()) []error {
	if server, ok := s.server.(interface{ StopKeepAlives() }); ok {
		server.StopKeepAlives()
	}
	over := time.NewTimer(delay)
	defer over.Stop()
	select {
	case <-s.done:
		return s.drainEnded(end, closing)
	case <-over.C:
	case <-end.work.Done():
	}
	return s.drain(end, closing)
}

// drainEnded waits for the requests in progress of a server that has ended by
// itself, as one does whose listener fails or that something else shuts down. A
// server without Close may not expect to be shut down then.
func (s *serving) drainEnded(end *stop, closing func()) []error {
	if _, ok := s.server.(interface{ Close() error }); !ok {
		return []error{s.err}
	}
	done := make(chan error, 1)
	go func() { done <- s.server.Shutdown(end.work) }()
	// Its own error is that it is not running.
	if _ = pipeline.Within(end.work, done); end.work.Err() == nil {
		return []error{s.err}
	}
	return []error{s.err, fmt.Errorf("requests are still in progress: %w", context.Cause(end.work)), s.cut(end, closing)}
}

// drain stops the server and waits for the requests in progress.
func (s *serving) drain(end *stop, closing func()) (problems []error) {
	done := make(chan error, 1)
	// A server that does not look at its context must not cost the telemetry.
	go func() { done <- s.server.Shutdown(end.work) }()
	err := pipeline.Within(end.work, done)
	if err != nil {
		if end.work.Err() != nil {
			err = fmt.Errorf("requests are still in progress: %w", context.Cause(end.work))
		}
		problems = append(problems, err, s.cut(end, closing))
	}
	select {
	case <-s.done:
	case <-end.work.Done():
	}
	select {
	case <-s.done: // also where both are
		problems = append(problems, s.err)
	default:
		if err == nil {
			problems = append(problems, fmt.Errorf("the server has not stopped: %w", context.Cause(end.work)))
		}
	}
	return problems
}

// cut closes the server's connections and waits for its handlers.
func (s *serving) cut(end *stop, closing func()) error {
	server, ok := s.server.(interface{ Close() error })
	if !ok {
		return nil
	}
	closing()
	err := server.Close()
	if server, ok := s.server.(interface{ Wait(context.Context) error }); ok {
		// The error of the requests in progress says it already.
		_ = server.Wait(end.handlers)
	}
	return err
}
