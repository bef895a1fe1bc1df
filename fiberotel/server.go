package fiberotel

import (
	"context"
	"errors"
	"net"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel"
)

// Runner is a Fiber app that can be started and stopped like an *http.Server. Its methods
// are safe for concurrent use. A Runner must not be copied, and can serve only once.
type Runner struct {
	// server does the work of all methods.
	server fasthttpotel.Server
	// configError is the error that ListenAndServe returns if the configuration has settings
	// that Server does not support. Otherwise, it is nil.
	configError error
}

// Server returns a server of app at addr ("host:port") for (*core.Telemetry).Serve. The
// network is the app's Config.Network, "tcp4" by default.
//
// Server changes app.Server(): it sets CloseOnShutdown, and wraps the hooks HeaderReceived and
// ConnState. Set these hooks before you call Server. If you set them later, they replace the
// hooks of Server, which it needs. To serve an app at several addresses, call Server for all
// of them before the first one serves.
//
// ListenAndServe returns an error if Config.Prefork is set, since each process would need its
// own telemetry.
func Server(app *fiber.App, addr string, options ...ServerOption) *Runner {
	if app == nil {
		panic("fiberotel: Server: the *fiber.App is nil, want the result of fiber.New")
	}
	var configError error
	if app.Config().Prefork {
		configError = errors.New("fiberotel: Config.Prefork is true, which Server does not support: set it to false, or serve the app without Server")
	}
	runner := &Runner{configError: configError, server: fasthttpotel.Server{
		HTTP:    app.Server(),
		Network: app.Config().Network,
		Address: addr,
		Serve:   func(ln net.Listener) error { return app.Listener(ln) },
		Stop:    app.ShutdownWithContext,
	}}
	runner.server.Prepare()
	return runner.apply(options)
}

// ListenAndServe serves until Shutdown or Close is called, and then returns nil.
func (s *Runner) ListenAndServe() error {
	if s.configError != nil {
		return s.configError
	}
	return s.server.ListenAndServe()
}

// Shutdown stops accepting connections. It waits until all requests in progress are done,
// or until ctx ends. As in net/http, a new connection without a request counts as a request
// in progress for five seconds. If the server has not started, it can no longer be started.
func (s *Runner) Shutdown(ctx context.Context) error { return s.server.Shutdown(ctx) }

// StopKeepAlives makes each response from now on close its connection. Clients then do not
// send another request on a connection that is about to be closed.
func (s *Runner) StopKeepAlives() { s.server.StopKeepAlives() }

// Close closes the listener and all connections at once. Handlers continue, but their
// writes fail.
func (s *Runner) Close() error { return s.server.Close() }

// Wait waits until all handlers have returned, or until ctx ends. Call it after Close.
func (s *Runner) Wait(ctx context.Context) error { return s.server.Wait(ctx) }
