package faultnet

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Answer returns a handler that answers every request in the same way, like a
// proxy, a captive portal or a login page.
func Answer(status int, contentType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// Redirect redirects every request to another URL with the status: 307 and 308
// keep the method, the others change it to GET.
func Redirect(url string, status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.Redirect(w, r, url, status)
	})
}

// Server is an HTTP server that [Serve] started.
type Server struct {
	server   *http.Server
	listener net.Listener
	served   sync.WaitGroup
	secure   bool
}

// Serve serves handler on address, such as 127.0.0.1:0, over HTTP/1.1 and
// HTTP/2, also without TLS, so that gRPC requests reach the handler. If config
// is not nil it serves TLS.
func Serve(address string, config *tls.Config, handler http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("faultnet: listening on %q: %w", address, err)
	}
	if config != nil {
		config = config.Clone() // the server adds the protocols to it
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	s := &Server{listener: listener, secure: config != nil, server: &http.Server{
		Handler: handler, TLSConfig: config, Protocols: protocols, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // it would log every failed handshake
	}}
	s.served.Go(func() {
		if config != nil {
			_ = s.server.ServeTLS(listener, "", "")
			return
		}
		_ = s.server.Serve(listener)
	})
	return s, nil
}

// Addr is the address listened on, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is the server's, without a path.
func (s *Server) URL() string {
	if s.secure {
		return "https://" + s.Addr()
	}
	return "http://" + s.Addr()
}

// Close ends the server and its connections.
func (s *Server) Close() error {
	err := s.server.Close()
	s.served.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
