package echootel

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/internal/stdhttp"
)

// Runner is an Echo application that can be started and stopped like an
// *http.Server.
// Its methods may be called from several goroutines. A Runner must not be copied,
// and serves once.
type Runner struct {
	echo    *echo.Echo
	address string
	stopped atomic.Bool
	// drain is around e from the start of the server.
	drain stdhttp.Drain
}

// Server returns e as a server for (*core.Telemetry).Serve, on a TCP address
// such as ":8080". It is Echo's own: e.Server's time-outs, e.Listener,
// e.ListenerNetwork, e.HideBanner and e.HidePort hold as they do for e.Start.
// For TLS or h2c pass Serve an *http.Server whose Handler is e. Once it serves,
// the Handler of e.Server is one around e that knows the requests in progress.
func Server(e *echo.Echo, address string, options ...ServerOption) *Runner {
	return (&Runner{echo: e, address: address}).apply(options)
}

// ListenAndServe serves until the server is shut down, and then returns
// http.ErrServerClosed at once, while Shutdown may still wait for requests.
// Any other error is why the server could not listen or had to give up.
func (s *Runner) ListenAndServe() error {
	if s.stopped.Load() {
		return http.ErrServerClosed
	}
	server := s.echo.Server
	base := server.BaseContext
	server.BaseContext = func(listener net.Listener) context.Context {
		// The only call between Echo's setting of the handler and the first
		// connection.
		server.Handler = s.drain.Wrap(server.Handler)
		if base == nil {
			return context.Background()
		}
		return base(listener)
	}
	return s.echo.Start(s.address)
}

// Shutdown stops accepting and waits for the requests in progress until ctx is
// done, then it returns the context's error. A server that is not started yet
// does not start any more.
func (s *Runner) Shutdown(ctx context.Context) error {
	s.stopped.Store(true)
	return s.echo.Shutdown(ctx)
}

// Close closes the server and its connections at once.
func (s *Runner) Close() error {
	s.stopped.Store(true)
	return s.echo.Close()
}

// StopKeepAlives makes every answer from now on the last of its connection, so
// that clients open no request on one that is about to be closed.
func (s *Runner) StopKeepAlives() { s.drain.StopKeepAlives() }

// Wait waits for the handlers after Close, until ctx is done.
func (s *Runner) Wait(ctx context.Context) error { return s.drain.Wait(ctx) }
