package serving

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/samespan/samespan/core/internal/pipeline"
)

// Server is the one of package core.
type Server interface {
	ListenAndServe() error
	Shutdown(ctx context.Context) error
}

// Serve runs servers until the end of the service, which ctx, a signal or the end
// of a server begins, and returns what is wrong with the service. With a delay the
// servers go on for it after the end has begun.
func (s *Servers) Serve(ctx context.Context, service Service, delay time.Duration, servers []Server) []error {
	g := s.join(ctx, service)
	select {
	case <-g.begun:
		return append(s.leave(g), g.notStarted())
	default:
	}
	service.Starting()
	if ctx.Err() != nil {
		g.begin(ctx)
		return s.leave(g)
	}
	var running []*serving
	ended := make(chan error, len(servers))
	for _, server := range servers {
		running = append(running, start(server, ended))
	}
	select {
	case err := <-ended:
		if err != nil {
			if g.fail(ctx, err) {
				return abandon(ctx, service, running)
			}
			delay = 0
		} else {
			g.begin(ctx)
		}
	case <-ctx.Done():
		g.begin(ctx)
	case <-g.begun:
	}
	problems := stopAll(g.end, running, delay, service.Closing)
	return append(problems, s.leave(g)...)
}

// abandon stops the servers of a call one of which has failed, while those of
// other calls go on.
func abandon(ctx context.Context, service Service, running []*serving) []error {
	end := newEnd(ctx, service.Times)
	defer end.cancel()
	// What Closing tells is the others' too: only a last end says that it closes
	// them.
	problems := stopAll(end, running, 0, func() {})
	service.Abandon(end)
	return problems
}

// stopAll stops all servers at the same time. closing is called before connections
// are closed.
func stopAll(end *End, running []*serving, delay time.Duration, closing func()) (problems []error) {
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
func (s *serving) stop(end *End, delay time.Duration, closing func()) []error {
	if server, ok := s.server.(interface{ StopKeepAlives() }); ok {
		server.StopKeepAlives()
	}
	over := time.NewTimer(delay)
	defer over.Stop()
	select {
	case <-s.done:
		return s.drainEnded(end, closing)
	case <-over.C:
	case <-end.Work.Done():
	}
	return s.drain(end, closing)
}

// drainEnded waits for the requests in progress of a server that has ended by
// itself, as one does whose listener fails or that something else shuts down. A
// server without Close may not expect to be shut down then.
func (s *serving) drainEnded(end *End, closing func()) []error {
	if _, ok := s.server.(interface{ Close() error }); !ok {
		return []error{s.err}
	}
	done := make(chan error, 1)
	go func() { done <- s.server.Shutdown(end.Work) }()
	// Its own error is that it is not running.
	if _ = pipeline.Within(end.Work, done); end.Work.Err() == nil {
		return []error{s.err}
	}
	return []error{s.err, fmt.Errorf("requests are still in progress: %w", context.Cause(end.Work)), s.cut(end, closing)}
}

// drain stops the server and waits for the requests in progress.
func (s *serving) drain(end *End, closing func()) (problems []error) {
	done := make(chan error, 1)
	// A server that does not look at its context must not cost the telemetry.
	go func() { done <- s.server.Shutdown(end.Work) }()
	err := pipeline.Within(end.Work, done)
	if err != nil {
		if end.Work.Err() != nil {
			err = fmt.Errorf("requests are still in progress: %w", context.Cause(end.Work))
		}
		problems = append(problems, err, s.cut(end, closing))
	}
	select {
	case <-s.done:
	case <-end.Work.Done():
	}
	select {
	case <-s.done: // also where both are
		problems = append(problems, s.err)
	default:
		if err == nil {
			problems = append(problems, fmt.Errorf("the server has not stopped: %w", context.Cause(end.Work)))
		}
	}
	return problems
}

// cut closes the server's connections and waits for its handlers.
func (s *serving) cut(end *End, closing func()) error {
	server, ok := s.server.(interface{ Close() error })
	if !ok {
		return nil
	}
	closing()
	err := server.Close()
	if server, ok := s.server.(interface{ Wait(context.Context) error }); ok {
		// The error of the requests in progress says it already.
		_ = server.Wait(end.Handlers)
	}
	return err
}
