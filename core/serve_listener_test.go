//go:build unix

package core

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// newExampleCertificate returns a certificate for example.com and the pool that trusts it.
func newExampleCertificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return server.TLS.Certificates[0], pool
}

// TestServeUsesTLSIfConfigured proves that Serve uses TLS if the server's configuration has
// certificates.
func TestServeUsesTLSIfConfigured(t *testing.T) {
	cert, pool := newExampleCertificate(t)
	configs := map[string]*tls.Config{
		"Certificates":   {Certificates: []tls.Certificate{cert}},
		"GetCertificate": {GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }},
		"GetConfigForClient": {GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}}, nil
		}},
		"none":            nil,
		"no certificates": {MinVersion: tls.VersionTLS13},
	}
	for name, config := range configs {
		for _, network := range []string{"address", "listener", "unix"} {
			t.Run(name+" "+network, func(t *testing.T) {
				tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"})
				secure := config != nil && config.MinVersion == 0
				server := &http.Server{TLSConfig: config, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if (r.TLS != nil) != secure {
						w.WriteHeader(http.StatusTeapot)
					}
				})}
				var srv Server = server
				addr := refusedAddress(t)
				if network == "address" {
					server.Addr = addr
				} else {
					listenNetwork, address := "tcp", addr
					if network == "unix" {
						listenNetwork, address = "unix", filepath.Join(t.TempDir(), "s")
					}
					listener, err := net.Listen(listenNetwork, address)
					if err != nil {
						t.Fatal(err)
					}
					srv, addr = OnListener(server, listener), address
				}
				ctx, cancel := context.WithCancel(t.Context())
				result := serve(ctx, tel, srv)
				transport := &http.Transport{
					ForceAttemptHTTP2: true,
					TLSClientConfig:   &tls.Config{RootCAs: pool, ServerName: "example.com"},
					DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
						if network == "unix" {
							return new(net.Dialer).DialContext(ctx, "unix", addr)
						}
						return new(net.Dialer).DialContext(ctx, "tcp", addr)
					},
				}
				defer transport.CloseIdleConnections()
				url := "http://example.com/"
				if secure {
					url = "https://example.com/"
				}
				eventually(t, "it answers", func() bool {
					response, err := (&http.Client{Transport: transport}).Get(url)
					if err != nil {
						return false
					}
					_ = response.Body.Close()
					if response.StatusCode != http.StatusOK {
						t.Errorf("got status %d", response.StatusCode)
					}
					if secure && response.ProtoMajor != 2 {
						t.Errorf("got %s over TLS, want HTTP/2", response.Proto)
					}
					return true
				})
				cancel()
				if err := awaitResult(t, result); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestListenerIsClosedOnce proves that the listener of OnListener is closed only once,
// since some listeners fail when they are closed again.
func TestListenerIsClosedOnce(t *testing.T) {
	for name, stopServer := range map[string]func(*http.Server, context.CancelFunc){
		"context":                func(_ *http.Server, cancel context.CancelFunc) { cancel() },
		"shutdown of the server": func(srv *http.Server, _ context.CancelFunc) { _ = srv.Shutdown(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"})
			tcp, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			listener := &strictListener{Listener: tcp}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv := &http.Server{Handler: http.NotFoundHandler()}
			result := serve(ctx, tel, OnListener(srv, listener))
			eventually(t, "the server answers", func() bool {
				response, err := http.Get("http://" + tcp.Addr().String())
				if err != nil {
					return false
				}
				return response.Body.Close() == nil
			})
			http.DefaultClient.CloseIdleConnections()
			stopServer(srv, cancel)
			if err := awaitResult(t, result); err != nil {
				t.Errorf("got %v, want nil", err)
			}
			if n := listener.closeCount.Load(); n != 1 {
				t.Errorf("the listener was closed %d times, want once", n)
			}
		})
	}
}

// strictListener fails when it is closed twice.
type strictListener struct {
	net.Listener
	closeCount atomic.Int32
}

func (l *strictListener) Close() error {
	if l.closeCount.Add(1) > 1 {
		return errors.New("closed again")
	}
	return l.Listener.Close()
}

// TestDrainingAsksClientsToClose proves that the client of an open connection
// is asked to close it during the drain delay.
func TestDrainingAsksClientsToClose(t *testing.T) {
	for _, version := range []int{1, 2} {
		tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"}, WithDrainDelay(300*time.Millisecond))
		var protocols http.Protocols
		protocols.SetHTTP1(version == 1)
		protocols.SetUnencryptedHTTP2(version == 2)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		srv := &http.Server{Protocols: &protocols, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
		ctx, cancel := context.WithCancel(t.Context())
		result := serve(ctx, tel, OnListener(srv, listener))
		dialled := 0
		transport := &http.Transport{Protocols: &protocols, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dialled++
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}
		get := func() bool {
			t.Helper()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+listener.Addr().String(), http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			if version == 1 { // ask for an upgrade to HTTP/2, as Java's HTTP client does
				request.Header = http.Header{"Connection": {"Upgrade, HTTP2-Settings"}, "Upgrade": {"h2c"}, "Http2-Settings": {"AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"}}
			}
			response, err := (&http.Client{Transport: transport}).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			return response.Close
		}
		if first, second := get(), get(); first || second || dialled != 1 {
			t.Fatalf("HTTP/%d: got %d connections before the end, want 1", version, dialled)
		}
		cancel()
		<-tel.Draining()
		eventually(t, "the connection is not used again", func() bool { get(); return dialled > 1 })
		if version == 1 && !get() {
			t.Error("got no Connection: close while draining")
		}
		if err := awaitResult(t, result); err != nil {
			t.Error(err)
		}
		transport.CloseIdleConnections()
	}
}

// TestServerCanHaveSeveralListeners proves that one http.Server can serve several listeners,
// as its method Serve allows. The race detector must not report anything.
func TestServerCanHaveSeveralListeners(t *testing.T) {
	tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"})
	srv := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	var addresses []string
	var servers []Server
	for range 4 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, "http://"+listener.Addr().String())
		servers = append(servers, OnListener(srv, listener))
	}
	responses := make(chan error, 1)
	go func() { // a request that waits when Serve starts
		response, err := http.Get(addresses[0])
		if err == nil {
			err = response.Body.Close()
		}
		responses <- err
	}()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- tel.Serve(ctx, servers[0], servers[1:]...) }()
	if err := <-responses; err != nil {
		t.Error(err)
	}
	for _, address := range addresses {
		eventually(t, "each listener is served", func() bool {
			response, err := http.Get(address)
			if err != nil {
				return false
			}
			return response.Body.Close() == nil
		})
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := awaitResult(t, served); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}
