package fasthttpotel

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// Server starts and stops the server of an app, once. Its errors begin with fiberotel,
// the package name of all adapters for Fiber.
type Server struct {
	// Network and Address are the network and address that the server listens on.
	Network, Address string
	// SocketMode is the file mode of a Unix socket; 0 keeps the system's
	// default.
	SocketMode os.FileMode
	// HTTP is the app's server.
	HTTP *fasthttp.Server
	// Serve serves connections of the listener until Stop is called.
	Serve func(net.Listener) error
	// Stop waits for the requests in progress until its context ends.
	Stop func(context.Context) error

	mu       sync.Mutex
	listener *listener
	stopped  bool
	// keepAlivesStopped is set if responses must ask clients to close their connections.
	keepAlivesStopped atomic.Bool
}

// ListenAndServe serves until Shutdown, and then returns nil.
func (s *Server) ListenAndServe() error {
	ln, err := s.listen()
	if ln == nil || err != nil {
		return err
	}
	s.askToClose()
	if err := s.Serve(ln); err != nil {
		return fmt.Errorf("fiberotel: serve %s: %w", s.Address, err)
	}
	return nil
}

// askToClose makes fasthttp ask clients to close their connections. During the shutdown,
// CloseOnShutdown does so. Before the shutdown, each request is treated as if the client
// had asked to close the connection.
func (s *Server) askToClose() {
	s.HTTP.CloseOnShutdown = true
	received := s.HTTP.HeaderReceived
	s.HTTP.HeaderReceived = func(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
		if s.keepAlivesStopped.Load() && mayClose(header) {
			header.SetConnectionClose()
		}
		if received == nil {
			return fasthttp.RequestConfig{}
		}
		return received(header)
	}
}

// mayClose reports whether the response to a request may close its connection. The
// response to an upgrade may not, since it needs its own Connection header. An upgrade to
// HTTP/2, which Java's client offers with every request, does not count: fasthttp ignores
// it.
func mayClose(header *fasthttp.RequestHeader) bool {
	return !header.ConnectionUpgrade() || strings.EqualFold(string(header.Peek("Upgrade")), "h2c")
}

// PrepareResponse sets headers of the response to server's request. It sends the trace
// context if the service is configured to, and it closes the connection if the service is
// stopping. The adapter calls it before the handlers, since the server may not be a
// [Server].
func PrepareResponse(in *httpserver.Instrumentation, exchange *httpserver.Exchange, server *fasthttp.RequestCtx) {
	if response := exchange.TraceResponse(); response != "" {
		server.Response.Header.Set("Traceresponse", response)
	}
	if in.ServerIsStopping() && !exchange.Nested() && mayClose(&server.Request.Header) {
		server.SetConnectionClose()
	}
}

// listen starts listening. It returns nil if Shutdown was already called.
func (s *Server) listen() (*listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil, nil
	}
	ln, err := s.openListener()
	if err != nil {
		return nil, fmt.Errorf("fiberotel: listen on %s %q: %w", s.Network, s.Address, err)
	}
	s.listener = newListener(ln)
	return s.listener, nil
}

func (s *Server) openListener() (net.Listener, error) {
	if isSocketFile(s.Network, s.Address) {
		return listenUnix(s.Address, s.SocketMode)
	}
	return net.Listen(s.Network, s.Address)
}

// stop marks the server as stopped and returns its listener, or nil if it does
// not listen.
func (s *Server) stop() *listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	return s.listener
}

// StopKeepAlives makes each response from now on close its connection.
func (s *Server) StopKeepAlives() { s.keepAlivesStopped.Store(true) }

// Shutdown stops accepting connections and waits for the requests in progress, until ctx
// ends. If the server has not started, it can no longer be started.
func (s *Server) Shutdown(ctx context.Context) error {
	ln := s.stop()
	if ln == nil {
		return nil
	}
	s.StopKeepAlives()
	// fasthttp may not have received the listener yet, and would then not close it.
	if err := ln.Close(); err != nil {
		return fmt.Errorf("fiberotel: close %s: %w", s.Address, err)
	}
	stop := ln.keepClosingUnused()
	defer stop()
	if err := s.Stop(ctx); err != nil {
		return fmt.Errorf("fiberotel: shut down %s: %w", s.Address, err)
	}
	return nil
}

// Close closes the listener and all connections at once. Handlers continue, and
// their writes fail.
func (s *Server) Close() error {
	ln := s.stop()
	if ln == nil {
		return nil
	}
	err := ln.Close()
	ln.closeAll()
	if err != nil {
		return fmt.Errorf("fiberotel: close %s: %w", s.Address, err)
	}
	return nil
}

// Wait waits until fasthttp is done with all connections, including their handlers. It
// returns nil then, or the cause of ctx if ctx ends first.
func (s *Server) Wait(ctx context.Context) error {
	s.mu.Lock()
	ln := s.listener
	s.mu.Unlock()
	if ln == nil {
		return nil
	}
	return ln.waitIdle(ctx)
}
