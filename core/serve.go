package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Server is what [Telemetry.Serve] runs. An [http.Server] is one; the adapters
// of frameworks with a server of their own have one to offer.
type Server interface {
	// ListenAndServe serves until Shutdown, and then returns nil or
	// [http.ErrServerClosed].
	ListenAndServe() error
	// Shutdown stops to accept connections and waits until the requests in
	// progress are answered or ctx is done.
	Shutdown(ctx context.Context) error
}

// Serve runs srv until ctx ends or the process receives SIGINT or SIGTERM.
// Then, all within the grace period (see [WithGracePeriod]), it goes on for the
// delay of [WithDrainDelay] if there is one, stops accepting connections, waits for the requests in progress and for the tasks
// of [Telemetry.Go], sends what they left and shuts t down. The time that
// [WithShutdownTimeout] gives is kept for sending, so that one request that
// hangs does not cost the telemetry of all others; a server with a method
// Close() error is closed when its requests' time is over.
//
// A second signal ends all waiting at once. Where ctx has ended already, srv is
// not started at all.
//
// Serve returns nil after a clean stop, also when something else has shut srv
// down. Otherwise its error says what went wrong and counts what was lost; a
// server that cannot listen is such an error, returned right away.
//
// Several servers may run under one Telemetry, each in its own call; the last
// that ends shuts t down.
func (t *Telemetry) Serve(ctx context.Context, srv Server) error {
	t.servers.Add(1)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)

	if t.stopping.Load() {
		t.say(slog.LevelWarn, "core: the server starts after the telemetry was shut down: nothing of it is exported; call Setup again")
	}
	served := make(chan error, 1)
	running := ctx.Err() == nil
	if running {
		go func() { served <- srv.ListenAndServe() }()
	}

	var problems []error
	received := 0
	select {
	case err := <-served:
		running = false
		problems = append(problems, serveError(err))
	case <-signals:
		received = 1
	case <-ctx.Done():
	}

	stop := t.newStop(ctx, signals, received)
	defer stop.end()
	if running {
		t.drain()
		problems = append(problems, stop.server(srv, served, t.drainDelay)...)
	}
	if t.servers.Add(-1) > 0 {
		return prefixed("core: serve", problems...)
	}
	problems = append(problems, stop.rest(t)...)
	return prefixed("core: serve", problems...)
}

// serveError returns what is wrong with the way a server has ended, nil if
// nothing is.
func serveError(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

var (
	errSecondSignal = errors.New("stopped at once by a second signal")
	errGracePeriod  = errors.New("the grace period is over")
)

// stop is the end of one Serve: two contexts, one for those who still work and
// a longer one for sending what they left.
type stop struct {
	work    context.Context
	all     context.Context
	flush   time.Duration
	cancels []func()
}

// newStop begins the end; received counts the signals so far.
func (t *Telemetry) newStop(ctx context.Context, signals <-chan os.Signal, received int) *stop {
	s := &stop{flush: t.shutdownTimeout}
	ctx, interrupt := context.WithCancelCause(context.WithoutCancel(ctx))
	over := make(chan struct{})
	go func() {
		// The first may come only now: ctx may have ended with it, when it is
		// one of signal.NotifyContext.
		for ; received < 2; received++ {
			select {
			case <-signals:
			case <-over:
				return
			}
		}
		interrupt(errSecondSignal)
	}()

	reserve := sending(t.shutdownTimeout, t.gracePeriod)
	expired := fmt.Errorf("%w: %v", errGracePeriod, t.gracePeriod)
	var cancelAll, cancelWork context.CancelFunc
	s.all, cancelAll = context.WithTimeoutCause(ctx, t.gracePeriod, expired)
	s.work, cancelWork = context.WithTimeoutCause(s.all, t.gracePeriod-reserve,
		fmt.Errorf("not done %v before the end of the grace period of %v", reserve, t.gracePeriod))
	s.cancels = []func(){cancelWork, cancelAll, func() { interrupt(nil) }, func() { close(over) }}
	return s
}

func (s *stop) end() {
	for _, cancel := range s.cancels {
		cancel()
	}
}

// server lets the server go on for delay and then drains it.
func (s *stop) server(srv Server, served <-chan error, delay time.Duration) []error {
	if delay > 0 {
		over := time.NewTimer(delay)
		defer over.Stop()
		select {
		case <-over.C:
		case <-s.work.Done():
		case ended := <-served:
			return []error{serveError(ended)}
		}
	}
	return s.drain(srv, served)
}

// drain stops the server and waits for the requests in progress.
func (s *stop) drain(srv Server, served <-chan error) (problems []error) {
	done := make(chan error, 1)
	// A server that does not look at its context must not cost the telemetry.
	go func() { done <- srv.Shutdown(s.work) }()
	err := within(s.work, done)
	if err != nil {
		if s.work.Err() != nil {
			err = fmt.Errorf("requests are still in progress: %w", context.Cause(s.work))
		}
		problems = append(problems, err)
		if closer, ok := srv.(interface{ Close() error }); ok {
			problems = append(problems, closer.Close())
		}
	}
	select {
	case ended := <-served:
		problems = append(problems, serveError(ended))
	case <-s.work.Done():
		if err == nil {
			problems = append(problems, fmt.Errorf("the server has not stopped: %w", context.Cause(s.work)))
		}
	}
	return problems
}

// rest waits for what still works and shuts t down.
func (s *stop) rest(t *Telemetry) []error {
	tasks := t.tasks.stop(s.work, s.all)
	exchanges := t.engine.Wait(s.work)
	down := t.shutdown(func() (context.Context, context.CancelFunc) {
		return context.WithTimeoutCause(s.all, s.flush, fmt.Errorf("the shutdown %w %v", errShutdownTime, s.flush))
	})
	return append([]error{tasks, exchanges}, down...)
}
