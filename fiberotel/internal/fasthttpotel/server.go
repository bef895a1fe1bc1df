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

// Server starts and stops the server of an app. It can be started only once. Its errors
// begin with "fiberotel", the package name of all adapters for Fiber.
type Server struct {
	// Network and Address are the network and the address that the server listens on.
	Network, Address string
	// SocketMode is the file mode of a Unix socket. 0 means the default of the system.
	SocketMode os.FileMode
	// HTTP is the app's server.
	HTTP *fasthttp.Server
	// Serve serves the connections of the listener until Stop is called.
	Serve func(net.Listener) error
	// Stop stops Serve. It waits for the requests in progress, or until its context
	// ends.
	Stop func(context.Context) error

	// mu guards listener and stopped.
	mu sync.Mutex
	// listener is nil until the server listens.
	listener *listener
	// stopped is set when Shutdown or Close is called.
	stopped bool
	// keepAlivesStopped is set if each response must close its connection.
	keepAlivesStopped atomic.Bool
}

// Prepare changes the app's server as this Server needs it. Call it once, before
// ListenAndServe and before another Server of the same app serves: fasthttp reads these
// settings while it serves.
func (s *Server) Prepare() {
	s.closeConnectionsOnStop()
	s.trackIdleConnections()
}

// trackIdleConnections records when a connection becomes idle, which means that fasthttp has
// completed a response.
func (s *Server) trackIdleConnections() {
	connState := s.HTTP.ConnState
	s.HTTP.ConnState = func(conn net.Conn, state fasthttp.ConnState) {
		if tracker := writeTrackerOf(conn); tracker != nil && state == fasthttp.StateIdle {
			tracker.idle.Store(true)
		}
		if connState != nil {
			connState(conn, state)
		}
	}
}

// ListenAndServe serves until Shutdown or Close is called, and then returns nil.
func (s *Server) ListenAndServe() error {
	ln, err := s.listen()
	if ln == nil || err != nil {
		return err
	}
	if err := s.Serve(ln); err != nil {
		return fmt.Errorf("fiberotel: serve %s: %w", s.Address, err)
	}
	return nil
}

// closeConnectionsOnStop makes responses close their connections when the server stops.
// During the shutdown, fasthttp's CloseOnShutdown does that. Between StopKeepAlives and the
// shutdown, a HeaderReceived hook changes each request as if the client had asked to close
// the connection.
func (s *Server) closeConnectionsOnStop() {
	s.HTTP.CloseOnShutdown = true
	headerReceived := s.HTTP.HeaderReceived
	s.HTTP.HeaderReceived = func(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
		if s.keepAlivesStopped.Load() && mayCloseConnection(header) {
			header.SetConnectionClose()
		}
		if headerReceived == nil {
			return fasthttp.RequestConfig{}
		}
		return headerReceived(header)
	}
}

// mayCloseConnection reports whether the response to a request may close its connection.
// If the request asks for an upgrade, the response may not, since it needs the Connection
// header for the upgrade. An upgrade to HTTP/2 is the exception: Java's client asks for it
// with every request, and fasthttp never performs it. The response to CONNECT may not close
// the connection either, since the tunnel uses it.
func mayCloseConnection(header *fasthttp.RequestHeader) bool {
	if header.IsConnect() {
		return false
	}
	for option := range strings.SplitSeq(requestField(header, "Connection"), ",") {
		if strings.EqualFold(strings.TrimSpace(option), "upgrade") {
			return strings.EqualFold(requestField(header, "Upgrade"), "h2c")
		}
	}
	return true
}

// PrepareResponse sets headers of the response. It adds the trace context if the service is
// configured to send it. If the service is stopping, it makes the response close the
// connection. For an app in a [Server], closeConnectionsOnStop does that too, but not every
// app runs in a Server. The adapter calls PrepareResponse before the handlers, and
// [Exchange.RenewHeaders] after them.
func PrepareResponse(instrumentation *httpserver.Instrumentation, exchange *httpserver.Exchange, requestCtx *fasthttp.RequestCtx) {
	if traceResponse := exchange.TraceResponse(); traceResponse != "" {
		header := &requestCtx.Response.Header
		header.Del("Traceresponse") // Set would replace only the first of several values
		header.Set("Traceresponse", traceResponse)
	}
	if instrumentation.ServerIsStopping() && !exchange.Nested() && mayCloseConnection(&requestCtx.Request.Header) {
		requestCtx.SetConnectionClose()
	}
}

// RenewHeaders sets the headers of [PrepareResponse] again. Call it when the handlers have
// returned. A handler may have replaced all headers, as a proxy does, or restored those of an
// earlier response, as a cache does, and the service may have begun to stop.
func (x *Exchange) RenewHeaders(instrumentation *httpserver.Instrumentation) {
	switch {
	case x.detached, !x.Of(x.requestCtx), x.timeoutResponse() != nil:
		// Another goroutine may use the response.
	case x.requestCtx.Hijacked():
		// Connection: close would make fasthttp close the hijacked connection.
	default:
		PrepareResponse(instrumentation, x.Exchange, x.requestCtx)
	}
}

// listen starts to listen and returns the listener. It returns nil if Shutdown was already
// called.
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
	s.listener = newListener(ln, writeBufferSize(s.HTTP))
	return s.listener, nil
}

// openListener returns a listener on the server's address, which may be a Unix socket.
func (s *Server) openListener() (net.Listener, error) {
	if isSocketPath(s.Network, s.Address) {
		return listenUnix(s.Address, s.SocketMode)
	}
	return net.Listen(s.Network, s.Address)
}

// markStopped marks the server as stopped. It returns the listener, or nil if the server
// does not listen.
func (s *Server) markStopped() *listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	return s.listener
}

// StopKeepAlives makes each response from now on close its connection.
func (s *Server) StopKeepAlives() { s.keepAlivesStopped.Store(true) }

// Shutdown stops accepting connections. It waits until all requests in progress are done,
// or until ctx ends. If the server has not started, it can no longer be started.
func (s *Server) Shutdown(ctx context.Context) error {
	ln := s.markStopped()
	if ln == nil {
		return nil
	}
	s.StopKeepAlives()
	// Close the listener here: fasthttp closes it only if fasthttp's Serve has already been
	// called.
	if err := ln.Close(); err != nil {
		return fmt.Errorf("fiberotel: close %s: %w", s.Address, err)
	}
	stop := ln.startClosingUnused()
	defer stop()
	if err := s.Stop(ctx); err != nil {
		return fmt.Errorf("fiberotel: shut down %s: %w", s.Address, err)
	}
	return nil
}

// Close closes the listener and all connections at once. Handlers continue, but their
// writes fail.
func (s *Server) Close() error {
	ln := s.markStopped()
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

// Wait waits until fasthttp is done with all connections and their handlers, and then
// returns nil. If ctx ends first, it returns the cause of ctx.
func (s *Server) Wait(ctx context.Context) error {
	s.mu.Lock()
	ln := s.listener
	s.mu.Unlock()
	if ln == nil {
		return nil
	}
	return ln.waitIdle(ctx)
}
