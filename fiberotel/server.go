package fiberotel

import (
	"context"
	"errors"
	"net"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel"
)

// Runner is a Fiber app that can be started and stopped like an *http.Server.
// Its methods may be called from several goroutines. A Runner must not be copied,
// and serves once.
type Runner struct {
	server fasthttpotel.Server
	// refused says what of the configuration cannot be.
	refused error
}

// Server returns app as a server at addr ("host:port"; the network is the
// app's Config.Network, "tcp4" by default) that (*core.Telemetry).Serve can
// run. ListenAndServe refuses Config.Prefork, whose processes would each need
// telemetry of their own. Of app.Server(), it sets CloseOnShutdown and calls
// HeaderReceived, if there is one, from its own.
func Server(app *fiber.App, addr string, options ...ServerOption) *Runner {
	var refused error
	if app.Config().Prefork {
		refused = errors.New("fiberotel: Config.Prefork is true, which Server does not support; leave it out, or serve the app without Server")
	}
	return (&Runner{refused: refused, server: fasthttpotel.Server{
		HTTP:    app.Server(),
		Network: app.Config().Network,
		Address: addr,
		Serve:   func(ln net.Listener) error { return app.Listener(ln) },
		Stop:    app.ShutdownWithContext,
	}}).apply(options)
}

// ListenAndServe serves until Shutdown, and then returns nil.
func (s *Runner) ListenAndServe() error {
	if s.refused != nil {
		return s.refused
	}
	return s.server.ListenAndServe()
}

// Shutdown stops accepting connections and waits for the requests in progress,
// until ctx is done. As in net/http, a connection that has brought no byte of a
// request counts as one in progress until it is five seconds old. A server that
// does not serve yet never will.
func (s *Runner) Shutdown(ctx context.Context) error { return s.server.Shutdown(ctx) }

// StopKeepAlives makes every answer from now on the last of its connection, so
// that clients open no request on one that is about to be closed.
func (s *Runner) StopKeepAlives() { s.server.StopKeepAlives() }

// Close closes the listener and all connections at once. Handlers go on, and
// those that write find that they cannot.
func (s *Runner) Close() error { return s.server.Close() }

// Wait waits for the handlers after Close, until ctx is done.
func (s *Runner) Wait(ctx context.Context) error { return s.server.Wait(ctx) }
