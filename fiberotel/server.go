package fiberotel

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// Runner is a Fiber app that can be started and stopped like an *http.Server.
type Runner struct {
	app  *fiber.App
	addr string

	mu       sync.Mutex
	listener *listener
	stopped  bool
}

// Server returns app as a server at addr ("host:port"; the network is the
// app's Config.Network, "tcp4" by default) that (*core.Telemetry).Serve can
// run. Prefork, whose processes would each need telemetry of their own, is not
// supported.
func Server(app *fiber.App, addr string) *Runner {
	return &Runner{app: app, addr: addr}
}

// ListenAndServe serves until Shutdown, and then returns nil.
func (s *Runner) ListenAndServe() error {
	ln, err := s.listen()
	if ln == nil || err != nil {
		return err
	}
	if err := s.app.Listener(ln); err != nil {
		return fmt.Errorf("fiberotel: serve %s: %w", s.addr, err)
	}
	return nil
}

// listen returns nil after Shutdown.
func (s *Runner) listen() (*listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil, nil
	}
	network := s.app.Config().Network
	ln, err := net.Listen(network, s.addr)
	if err != nil {
		return nil, fmt.Errorf("fiberotel: listen on %s %q: %w", network, s.addr, err)
	}
	s.listener = newListener(ln)
	return s.listener, nil
}

// Shutdown stops accepting connections and waits for the requests in progress,
// until ctx is done. As in net/http, a connection that has brought no byte of a
// request counts as one in progress until it is five seconds old. A server that
// does not serve yet never will.
func (s *Runner) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	ln := s.listener
	s.mu.Unlock()
	if ln == nil {
		return nil
	}
	// fasthttp may not know the listener yet, and then would not close it.
	if err := ln.Close(); err != nil {
		return fmt.Errorf("fiberotel: close %s: %w", s.addr, err)
	}
	stop := ln.keepClosingUnused()
	defer stop()
	if err := s.app.ShutdownWithContext(ctx); err != nil {
		return fmt.Errorf("fiberotel: shut down %s: %w", s.addr, err)
	}
	return nil
}
