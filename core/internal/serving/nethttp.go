package serving

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"sync"

	"github.com/samespan/samespan/internal/stdhttp"
)

// OnListener returns srv as a [Server] that serves listener in place of srv.Addr.
func OnListener(srv *http.Server, listener net.Listener) Server {
	return &httpServer{Server: srv, listener: &closeOnceListener{Listener: listener}}
}

// closeOnceListener is a listener that closes the embedded listener only once, since some
// listeners must not be closed twice.
type closeOnceListener struct {
	net.Listener
	closeOnce sync.Once
	// err is the result of closing the listener.
	err error
}

func (l *closeOnceListener) Close() error {
	l.closeOnce.Do(func() { l.err = l.Listener.Close() })
	return l.err
}

// httpServer adapts an [http.Server] to [Server].
type httpServer struct {
	*http.Server
	// listener is nil if the server listens on its own address.
	listener net.Listener
	// secure is set if the server uses TLS.
	secure bool
	// drain tracks the requests in progress.
	drain *stdhttp.Drain
}

// prepareServer returns the server that Serve runs for srv. It is called before the
// server starts.
func prepareServer(srv Server) Server {
	if err := checkServer(srv); err != nil {
		return missingServer{err}
	}
	var n *httpServer
	switch s := srv.(type) {
	case *http.Server:
		n = &httpServer{Server: s}
	case *httpServer:
		n = &httpServer{Server: s.Server, listener: s.listener}
	default:
		return srv
	}
	n.drain = new(stdhttp.Drain)
	n.Handler = n.drain.Wrap(n.Handler)
	n.secure = hasCertificates(n.TLSConfig)
	return n
}

// checkServer returns an error if the server is nil, or if it is the result of OnListener for
// a nil argument.
func checkServer(srv Server) error {
	if n, ok := srv.(*httpServer); ok {
		switch {
		case n.Server == nil:
			return errors.New("OnListener: the *http.Server is nil, want a server")
		case n.listener.(*closeOnceListener).Listener == nil:
			return errors.New("OnListener: the listener is nil, want a listener, such as that of net.Listen")
		}
	}
	if srv == nil {
		return errors.New("a server is nil, want a server, such as an *http.Server")
	}
	if v := reflect.ValueOf(srv); v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Errorf("a server is nil (%T), want a server, such as an *http.Server", srv)
	}
	return nil
}

// missingServer replaces a nil server. It fails with err, so that Serve stops the other servers
// and exports the telemetry before it returns the error.
type missingServer struct{ err error }

func (s missingServer) ListenAndServe() error        { return s.err }
func (missingServer) Shutdown(context.Context) error { return nil }

// ListenAndServe serves until Shutdown.
func (n *httpServer) ListenAndServe() error {
	switch {
	case n.listener != nil && n.secure:
		return n.ServeTLS(n.listener, "", "")
	case n.listener != nil:
		return n.Serve(n.listener)
	case n.secure:
		return n.ListenAndServeTLS("", "")
	default:
		return n.Server.ListenAndServe()
	}
}

// hasCertificates reports whether the TLS configuration of a server contains what
// [http.Server.ServeTLS] needs without certificate files. Call it before the server starts,
// since net/http then changes the configuration.
func hasCertificates(c *tls.Config) bool {
	return c != nil && (len(c.Certificates) > 0 || c.GetCertificate != nil || c.GetConfigForClient != nil)
}

// Shutdown stops accepting connections and waits for the requests in progress, until ctx
// ends.
func (n *httpServer) Shutdown(ctx context.Context) error {
	return errors.Join(n.Server.Shutdown(ctx), n.closeListener())
}

// Close closes the server and its connections at once.
func (n *httpServer) Close() error { return errors.Join(n.Server.Close(), n.closeListener()) }

// closeListener closes the listener. It is needed because an http.Server closes the
// listener only if its method Serve has already been called.
func (n *httpServer) closeListener() error {
	if n.listener == nil {
		return nil
	}
	if err := n.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// StopKeepAlives makes every response close its connection.
func (n *httpServer) StopKeepAlives() { n.drain.StopKeepAlives() }

// Wait waits for the handlers until ctx ends.
func (n *httpServer) Wait(ctx context.Context) error { return n.drain.Wait(ctx) }
