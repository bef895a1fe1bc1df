package echootel

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/internal/stdhttp"
)

// Runner is an Echo application that can be started and stopped like an *http.Server. Its
// methods are safe for concurrent use. A Runner must not be copied, and can serve only
// once.
type Runner struct {
	// echo is the application.
	echo *echo.Echo
	// config is the configuration of the server.
	config echo.StartConfig

	// drain wraps the application in the server's handler, which counts the requests in
	// progress.
	drain stdhttp.Drain

	// mu guards the fields below.
	mu sync.Mutex
	// server is Echo's server. It is nil before setServer is called.
	server *http.Server
	// address is the address of the listener. It is nil before setAddress is called.
	address net.Addr
	// stopped is set by Shutdown and Close.
	stopped bool
}

// Server returns e as a server for (*core.Telemetry).Serve, on a TCP address such as
// ":8080". Without config, the server has the same configuration as with e.Start. Server
// ignores the fields Address, GracefulTimeout and OnShutdownError of config, since Serve
// decides when to stop and how long to wait.
func Server(e *echo.Echo, address string, config ...echo.StartConfig) *Runner {
	switch {
	case e == nil:
		panic("echootel: Server: the *echo.Echo is nil, want the result of echo.New")
	case len(config) > 1:
		panic(fmt.Sprintf("echootel: Server: %d configs are given, want at most one", len(config)))
	}
	s := &Runner{echo: e}
	if len(config) > 0 {
		s.config = config[0]
	}
	s.config.Address, s.config.GracefulTimeout = address, -1
	return s
}

// ListenAndServe serves until Shutdown or Close is called. It then returns
// http.ErrServerClosed at once, while Shutdown may still wait for requests. Any other
// error means that the server could not listen or has failed.
func (s *Runner) ListenAndServe() error {
	if s.isStopped() {
		return http.ErrServerClosed
	}
	config := s.config
	config.ListenerAddrFunc, config.BeforeServeFunc = s.setAddress, s.setServer
	if err := config.Start(context.Background(), s.echo); err != nil {
		return err
	}
	return http.ErrServerClosed
}

// Addr returns the address that the server listens on, or nil if it does not listen yet.
// It is useful if the system chooses the port.
func (s *Runner) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.address
}

// isStopped reports whether Shutdown or Close was called.
func (s *Runner) isStopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// setAddress stores the address of the listener. Echo calls it when it listens.
func (s *Runner) setAddress(address net.Addr) {
	s.mu.Lock()
	s.address = address
	s.mu.Unlock()
	if s.config.ListenerAddrFunc != nil {
		s.config.ListenerAddrFunc(address)
	}
}

// setServer stores Echo's server before it serves. If Shutdown was already called,
// setServer returns an error, which makes Echo close the listener.
func (s *Runner) setServer(server *http.Server) error {
	if s.config.BeforeServeFunc != nil {
		if err := s.config.BeforeServeFunc(server); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return http.ErrServerClosed
	}
	server.Handler = s.drain.Wrap(server.Handler)
	s.server = server
	return nil
}

// markStopped marks the Runner as stopped. It returns Echo's server, or nil if the server
// does not serve yet.
func (s *Runner) markStopped() *http.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	return s.server
}

// Shutdown stops accepting connections and waits for the requests in progress. If ctx ends
// first, Shutdown returns the context's error. If Shutdown is called before the server has
// started, the server can no longer be started.
func (s *Runner) Shutdown(ctx context.Context) error {
	if server := s.markStopped(); server != nil {
		return server.Shutdown(ctx)
	}
	return nil
}

// Close closes the server and its connections at once.
func (s *Runner) Close() error {
	if server := s.markStopped(); server != nil {
		return server.Close()
	}
	return nil
}

// StopKeepAlives makes the server close each connection after the next response on it.
// Clients then do not send another request on a connection that is about to be closed.
func (s *Runner) StopKeepAlives() { s.drain.StopKeepAlives() }

// Wait waits until all handlers have returned, or until ctx ends. Call it after Close.
func (s *Runner) Wait(ctx context.Context) error { return s.drain.Wait(ctx) }
