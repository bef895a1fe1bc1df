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

// Answer returns a handler that sends the same response to every request, like a proxy, a
// captive portal or a login page.
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

// Redirect returns a handler that redirects every request to url with the status. For 307
// and 308, clients keep the method; for any other status, they change it to GET.
func Redirect(url string, status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.Redirect(w, r, url, status)
	})
}

// Server is an HTTP server started by [Serve].
type Server struct {
	server   *http.Server
	listener net.Listener
	wg       sync.WaitGroup
	usesTLS  bool
}

// Serve serves handler on address, such as 127.0.0.1:0, over HTTP/1.1 and HTTP/2. HTTP/2
// works without TLS too, so that gRPC requests reach the handler. If config is not nil,
// the server uses TLS.
func Serve(address string, config *tls.Config, handler http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("faultnet: listening on %q: %w", address, err)
	}
	if config != nil {
		config = config.Clone() // the server adds its protocols to config
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	s := &Server{listener: listener, usesTLS: config != nil, server: &http.Server{
		Handler: handler, TLSConfig: config, Protocols: protocols, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // do not log failed handshakes
	}}
	s.wg.Go(func() {
		if config != nil {
			_ = s.server.ServeTLS(listener, "", "")
			return
		}
		_ = s.server.Serve(listener)
	})
	return s, nil
}

// Addr returns the address that the server listens on, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL returns the server's URL, without a path.
func (s *Server) URL() string {
	if s.usesTLS {
		return "https://" + s.Addr()
	}
	return "http://" + s.Addr()
}

// Close stops the server and closes its connections.
func (s *Server) Close() error {
	err := s.server.Close()
	s.wg.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
