package echootel

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/internal/stdhttp"
)

// Runner is an Echo application that can be started and stopped like an *http.Server. Its
// methods are safe for concurrent use. A Runner must not be copied, and can serve only
// once.
type Runner struct {
	// echo is the application.
	echo *echo.Echo
	// address is the TCP address to listen on.
	address string
	// stopped is set by Shutdown and Close.
	stopped atomic.Bool
	// drain wraps the application in the server's handler, which counts the requests in
	// progress.
	drain stdhttp.Drain
}

// Server returns e as a server for (*core.Telemetry).Serve, on a TCP address such as
// ":8080". The server uses the same fields of e as e.Start: e.Listener, e.ListenerNetwork,
// e.HideBanner, e.HidePort, and the time-outs of e.Server. While the server runs, the
// Handler of e.Server is a wrapper that counts the requests in progress.
//
// For TLS or h2c, do not use Server. Pass Serve an *http.Server whose Handler is e.
func Server(e *echo.Echo, address string, options ...ServerOption) *Runner {
	if e == nil {
		panic("echootel: Server: the *echo.Echo is nil, want the result of echo.New")
	}
	return (&Runner{echo: e, address: address}).apply(options)
}

// ListenAndServe serves until Shutdown or Close is called. It then returns
// http.ErrServerClosed at once, while Shutdown may still wait for requests. Any other
// error means that the server could not listen or has failed.
func (s *Runner) ListenAndServe() error {
	if s.stopped.Load() {
		return http.ErrServerClosed
	}
	server := s.echo.Server
	baseContext := server.BaseContext
	server.BaseContext = func(listener net.Listener) context.Context {
		// Wrap the handler here: Echo has set it by now, and the server has not accepted a
		// connection yet.
		server.Handler = s.drain.Wrap(server.Handler)
		if baseContext == nil {
			return context.Background()
		}
		return baseContext(listener)
	}
	return s.echo.Start(s.address)
}

// Shutdown stops accepting connections and waits for the requests in progress. If ctx ends
// first, Shutdown returns the context's error. If Shutdown is called before the server has
// started, the server can no longer be started.
func (s *Runner) Shutdown(ctx context.Context) error {
	s.stopped.Store(true)
	return s.echo.Shutdown(ctx)
}

// Close closes the server and its connections at once.
func (s *Runner) Close() error {
	s.stopped.Store(true)
	return s.echo.Close()
}

// StopKeepAlives makes the server close each connection after the next response on it.
// Clients then do not send another request on a connection that is about to be closed.
func (s *Runner) StopKeepAlives() { s.drain.StopKeepAlives() }

// Wait waits until all handlers have returned, or until ctx ends. Call it after Close.
func (s *Runner) Wait(ctx context.Context) error { return s.drain.Wait(ctx) }
