package fiberotel

import (
	"context"
	"net"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel"
)

// Runner is a Fiber app that can be started and stopped like an *http.Server.
type Runner struct{ server fasthttpotel.Server }

// Server returns app as a server at addr ("host:port"; the network is the
// app's Config.Network, "tcp4" by default) that (*core.Telemetry).Serve can
// run. Prefork, whose processes would each need telemetry of their own, is not
// supported.
func Server(app *fiber.App, addr string) *Runner {
	return &Runner{fasthttpotel.Server{
		Network: app.Config().Network,
		Address: addr,
		Serve:   func(ln net.Listener) error { return app.Listener(ln) },
		Stop:    app.ShutdownWithContext,
	}}
}

// ListenAndServe serves until Shutdown, and then returns nil.
func (s *Runner) ListenAndServe() error { return s.server.ListenAndServe() }

// Shutdown stops accepting connections and waits for the requests in progress,
// until ctx is done. As in net/http, a connection that has brought no byte of a
// request counts as one in progress until it is five seconds old. A server that
// does not serve yet never will.
func (s *Runner) Shutdown(ctx context.Context) error { return s.server.Shutdown(ctx) }
