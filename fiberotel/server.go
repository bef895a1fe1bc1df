package fiberotel

import (
	"context"
	"errors"
	"net"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel"
)

// Runner is a Fiber app that can be started and stopped like an *http.Server.
// Its methods are safe for concurrent use. A Runner must not be copied, and
// serves only once.
type Runner struct {
	server fasthttpotel.Server
	// configError is the error for configuration that Server does not support.
	configError error
}

// Server returns app as a server at addr ("host:port") for (*core.Telemetry).Serve. The
// network is the app's Config.Network, "tcp4" by default. ListenAndServe returns an error
// if Config.Prefork is set, since each of its processes would need its own telemetry. It
// sets CloseOnShutdown of app.Server() and wraps its HeaderReceived.
func Server(app *fiber.App, addr string, options ...ServerOption) *Runner {
	var refused error
	if app.Config().Prefork {
		refused = errors.New("fiberotel: Config.Prefork is true, which Server does not support; leave it out, or serve the app without Server")
	}
	return (&Runner{configError: refused, server: fasthttpotel.Server{
		HTTP:    app.Server(),
		Network: app.Config().Network,
		Address: addr,
		Serve:   func(ln net.Listener) error { return app.Listener(ln) },
		Stop:    app.ShutdownWithContext,
	}}).apply(options)
}

// ListenAndServe serves until Shutdown, and then returns nil.
func (s *Runner) ListenAndServe() error {
	if s.configError != nil {
		return s.configError
	}
	return s.server.ListenAndServe()
}

// Shutdown stops accepting connections and waits for the requests in progress, until ctx
// ends. As in net/http, a new connection without a request counts as a request in
// progress for five seconds. If the server has not started, it can no longer be started.
func (s *Runner) Shutdown(ctx context.Context) error { return s.server.Shutdown(ctx) }

// StopKeepAlives makes each response from now on close its connection, so that
// clients do not send requests on a connection that is about to be closed.
func (s *Runner) StopKeepAlives() { s.server.StopKeepAlives() }

// Close closes the listener and all connections at once. Handlers continue, and
// their writes fail.
func (s *Runner) Close() error { return s.server.Close() }

// Wait waits for the handlers after Close, until ctx ends.
func (s *Runner) Wait(ctx context.Context) error { return s.server.Wait(ctx) }
