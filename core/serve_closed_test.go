//go:build unix

package core

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/logtest"
)

// TestServeWithClosedListenerFails proves that Serve returns an error if the listener is
// already closed, and exports the spans that have ended.
func TestServeWithClosedListenerFails(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	endSpans(t, tel, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := awaitResult(t, serve(t.Context(), tel, OnListener(new(http.Server), listener))); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want that the listener is closed", err)
	}
	if r.spanCount() != 1 {
		t.Errorf("got %d spans, want 1", r.spanCount())
	}
}

// TestHandlerCanShutDownService proves that a handler can shut down the telemetry, the
// server or the service: its request is answered and the telemetry is exported.
func TestHandlerCanShutDownService(t *testing.T) {
	for name, shutDown := range map[string]func(tel *Telemetry, srv *testServer, cancel func()) error{
		"telemetry": func(tel *Telemetry, _ *testServer, _ func()) error { return tel.Shutdown(context.Background()) },
		"telemetry with an ended ctx": func(tel *Telemetry, _ *testServer, _ func()) error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return tel.Shutdown(ctx)
		},
		"flush while the service ends": func(tel *Telemetry, _ *testServer, cancel func()) error {
			cancel()
			<-tel.Draining()
			return tel.ForceFlush(context.Background())
		},
		"task that ends the telemetry": func(tel *Telemetry, _ *testServer, _ func()) error {
			tel.Go(context.Background(), "end", func(ctx context.Context) error { return tel.Shutdown(ctx) })
			<-tel.Draining()
			return nil
		},
		"server without waiting for it": func(_ *Telemetry, srv *testServer, _ func()) error {
			go func() { _ = srv.Shutdown(context.Background()) }()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			logger, _ := logtest.New()
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithLogger(logger), WithShutdownTimeout(4*time.Second))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var srv *testServer
			srv = newTestServer(t, func(_ http.ResponseWriter, request *http.Request) {
				_, span := tel.TracerProvider().Tracer("test").Start(request.Context(), "before")
				span.End()
				if err := shutDown(tel, srv, cancel); err != nil {
					t.Error(err)
				}
			})
			result := serve(ctx, tel, srv)
			if status := srv.getStatus(); status != http.StatusOK {
				t.Errorf("got status %d", status)
			}
			cancel()
			if err := awaitResult(t, result); err != nil {
				t.Error(err)
			}
			if r.span("before") == nil {
				t.Error("the span of the handler is lost")
			}
		})
	}
}

// TestServerEndedByOtherCodeIsDrained proves that a request in progress is answered
// and its span exported if other code shuts down the server or closes its listener.
func TestServerEndedByOtherCodeIsDrained(t *testing.T) {
	for name, stopServer := range map[string]func(*testServer){
		"shut down elsewhere": func(srv *testServer) { go func() { _ = srv.Shutdown(context.Background()) }() },
		"listener closed":     func(srv *testServer) { _ = srv.listener.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
			handlerStarted, release := make(chan struct{}), make(chan struct{})
			srv := newTestServer(t, func(w http.ResponseWriter, request *http.Request) {
				close(handlerStarted)
				<-release
				spanHandler(tel)(w, request)
			})
			result := serve(t.Context(), tel, srv)
			status := make(chan int, 1)
			go func() { status <- srv.getStatus() }()
			<-handlerStarted
			stopServer(srv)
			eventually(t, "the server refuses connections", func() bool { return !srv.acceptsConnections() })
			<-tel.Draining()
			close(release)
			if got := <-status; got != http.StatusOK {
				t.Errorf("got status %d for the request in progress", got)
			}
			if err := awaitResult(t, result); name == "listener closed" != errors.Is(err, net.ErrClosed) {
				t.Errorf("got %v", err)
			}
			if got := r.spanCountsByName()["request"]; got != 1 {
				t.Errorf("got %d spans, want 1", got)
			}
		})
	}
}

// TestMiddlewaresCloseConnectionsAtShutdown proves that the middlewares ask clients to
// close their connections when the shutdown begins, even if the server is not an
// http.Server.
func TestMiddlewaresCloseConnectionsAtShutdown(t *testing.T) {
	tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"})
	instrumentation, err := tel.HTTPEngine().Instrument(httpserver.Framework{Name: "test", Scope: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	srv := newTestServer(t, func(http.ResponseWriter, *http.Request) {})
	result := serve(ctx, tel, srv)
	srv.getStatus()
	if instrumentation.ServerIsStopping() {
		t.Error("the middlewares close connections before the end")
	}
	cancel()
	if err := awaitResult(t, result); err != nil {
		t.Error(err)
	}
	if !instrumentation.ServerIsStopping() {
		t.Error("the middlewares do not know that the end has begun")
	}
}

// failingServer is a server that the test can make fail during a request. ListenAndServe
// returns the error that the test sends to failure.
type failingServer struct {
	*testServer
	failure chan error // ListenAndServe returns the error that is sent here
}

func (s failingServer) ListenAndServe() error {
	go func() { _ = s.testServer.ListenAndServe() }()
	return <-s.failure
}

// TestFailedServerDoesNotCloseOtherServers runs two servers by two calls of Serve. One
// server fails during a request that ends only when its connection is closed. The test
// proves that only the connections of the failed server are closed, and that the other
// server continues.
func TestFailedServerDoesNotCloseOtherServers(t *testing.T) {
	tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"}, WithGracePeriod(200*time.Millisecond), WithShutdownTimeout(100*time.Millisecond))
	healthy := newTestServer(t, func(http.ResponseWriter, *http.Request) {})
	ctx, cancel := context.WithCancel(t.Context())
	result := serve(ctx, tel, healthy)
	healthy.getStatus()
	handlerStarted := make(chan struct{})
	bad := newTestServer(t, func(_ http.ResponseWriter, request *http.Request) { close(handlerStarted); <-request.Context().Done() })
	fail, failed := make(chan error, 1), make(chan error, 1)
	go func() { failed <- tel.Serve(t.Context(), failingServer{bad, fail}) }()
	go bad.getStatus()
	<-handlerStarted
	broken := errors.New("broken")
	fail <- broken
	if err := awaitResult(t, failed); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	instrumentation, err := tel.HTTPEngine().Instrument(httpserver.Framework{Name: "test", Scope: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if instrumentation.ServerIsClosed() || instrumentation.ServerIsStopping() {
		t.Error("answers of the server that goes on would count as cut by it")
	}
	cancel()
	if err := awaitResult(t, result); err != nil {
		t.Error(err)
	}
}

// TestServeRefusesNilServer proves that Serve returns an error if a server is nil, for
// example an optional server that is not configured. The telemetry is still exported.
func TestServeRefusesNilServer(t *testing.T) {
	for name, server := range map[string]Server{"nil": nil, "nil http.Server": (*http.Server)(nil), "nil pointer": (*testServer)(nil)} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
			endSpans(t, tel, 1)
			app := newTestServer(t, nil)
			result := make(chan error, 1)
			go func() { result <- tel.Serve(t.Context(), app, server) }()
			if err := awaitResult(t, result); err == nil || !strings.Contains(err.Error(), "core: serve: a server is nil") {
				t.Errorf("got %v, want that a server is nil", err)
			}
			if app.acceptsConnections() {
				t.Error("the other server goes on")
			}
			if r.spanCount() != 1 {
				t.Errorf("got %d spans, want 1", r.spanCount())
			}
		})
	}
}

// panickingServer is a server whose methods call the functions of these fields.
type panickingServer struct{ listenAndServe, shutdown func() error }

func (s panickingServer) ListenAndServe() error          { return s.listenAndServe() }
func (s panickingServer) Shutdown(context.Context) error { return s.shutdown() }

// TestPanicOfServerLosesNothing proves that if a method of a server panics, Serve exports the
// telemetry and returns an error with the panic.
func TestPanicOfServerLosesNothing(t *testing.T) {
	started, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(stopped) })
	boom, wait := func() error { panic("boom") }, func() error { close(started); <-stopped; return nil }
	for name, server := range map[string]panickingServer{
		"ListenAndServe": {listenAndServe: boom, shutdown: func() error { return nil }},
		"Shutdown":       {listenAndServe: wait, shutdown: boom},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			logger, _ := logtest.New()
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithGracePeriod(2*time.Second), WithLogger(logger))
			endSpans(t, tel, 1)
			ctx, cancel := context.WithCancel(t.Context())
			result := make(chan error, 1)
			go func() { result <- tel.Serve(ctx, server) }()
			if name == "Shutdown" {
				<-started
				cancel()
			}
			if err := awaitResult(t, result); err == nil || !logtest.ContainsAll(err.Error(), "panicked: boom", "serve_closed_test.go") {
				t.Errorf("got %v, want the panic with its stack", err)
			}
			cancel()
			if r.spanCount() != 1 {
				t.Errorf("got %d spans, want 1", r.spanCount())
			}
		})
	}
}
