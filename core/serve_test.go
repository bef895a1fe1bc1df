//go:build unix

package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/samespan/samespan/core/internal/serving"
)

// testServer is an HTTP server that listens on a free port.
type testServer struct {
	*http.Server
	listener net.Listener
}

func newTestServer(t *testing.T, handler http.HandlerFunc) *testServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &testServer{Server: &http.Server{Handler: handler}, listener: listener}
}

func (s *testServer) ListenAndServe() error { return s.Serve(s.listener) }

func (s *testServer) url() string { return "http://" + s.listener.Addr().String() }

// getStatus sends a GET request and returns the status, or 0 without a response.
func (s *testServer) getStatus() int {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(s.url())
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// acceptsConnections reports whether the server accepts connections.
func (s *testServer) acceptsConnections() bool {
	conn, err := net.Dial("tcp", s.listener.Addr().String())
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// serve calls Serve in a goroutine and returns a channel for its result.
func serve(ctx context.Context, tel *Telemetry, srv Server) <-chan error {
	result := make(chan error, 1)
	go func() { result <- tel.Serve(ctx, srv) }()
	return result
}

// terminate sends SIGTERM to the process of the test.
func terminate(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// terminateAgain sends SIGTERM after a pause. Without the pause, Serve would take the
// signal for a repetition of the first.
func terminateAgain(t *testing.T) {
	t.Helper()
	<-time.After(serving.RepeatTime)
	terminate(t)
}

// awaitResult returns the result of Serve. The test fails if Serve does not return.
func awaitResult(t *testing.T, result <-chan error) error {
	t.Helper()
	select {
	case err := <-result:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("Serve has not returned")
		return nil
	}
}

// TestSignalStopsServeWithoutLoss proves that after SIGTERM, requests in progress are
// answered, and the spans of requests and their tasks are exported.
func TestSignalStopsServeWithoutLoss(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	tracer := tel.TracerProvider().Tracer("test")
	const requests = 20
	var handlersStarted sync.WaitGroup
	handlersStarted.Add(requests)
	release := make(chan struct{})
	srv := newTestServer(t, func(w http.ResponseWriter, request *http.Request) {
		ctx, span := tracer.Start(request.Context(), "request")
		defer span.End()
		handlersStarted.Done()
		<-release
		tel.Go(ctx, "task", func(ctx context.Context) error {
			_, span := tracer.Start(ctx, "step")
			defer span.End()
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
			}
			return nil
		})
		w.WriteHeader(http.StatusNoContent)
	})
	result := serve(t.Context(), tel, srv)
	statuses := make(chan int, requests)
	for range requests {
		go func() { statuses <- srv.getStatus() }()
	}
	handlersStarted.Wait()
	terminate(t)
	eventually(t, "the server refuses connections", func() bool { return !srv.acceptsConnections() })
	close(release)
	if err := awaitResult(t, result); err != nil {
		t.Error(err)
	}
	for range requests {
		if status := <-statuses; status != http.StatusNoContent {
			t.Errorf("got status %d for a request in progress at the signal", status)
		}
	}
	got := r.spanCountsByName()
	for _, name := range []string{"request", "task", "step"} {
		if got[name] != requests {
			t.Errorf("got %d spans %s, want %d", got[name], name, requests)
		}
	}
}

func TestServeUntilContextEnds(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	srv := newTestServer(t, func(_ http.ResponseWriter, request *http.Request) {
		_, span := tel.TracerProvider().Tracer("test").Start(request.Context(), "request")
		span.End()
	})
	ctx, cancel := context.WithCancel(t.Context())
	result := serve(ctx, tel, srv)
	if status := srv.getStatus(); status != http.StatusOK {
		t.Fatalf("got status %d", status)
	}
	cancel()
	if err := awaitResult(t, result); err != nil {
		t.Error(err)
	}
	if r.span("request") == nil {
		t.Error("the request's span did not arrive")
	}
}

// TestServeReturnsListenErrorAfterExport proves that Serve exports the telemetry before it
// returns an error, if its server cannot listen.
func TestServeReturnsListenErrorAfterExport(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "before")
	span.End()
	err := awaitResult(t, serve(t.Context(), tel, &http.Server{Addr: r.address}))
	if !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v, want that the address is in use", err)
	}
	if r.span("before") == nil {
		t.Error("the telemetry was not shut down")
	}
}

func TestServeReturnsNilAfterServerShutdown(t *testing.T) {
	tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"})
	srv := newTestServer(t, func(http.ResponseWriter, *http.Request) {})
	result := serve(t.Context(), tel, srv)
	srv.getStatus()
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := awaitResult(t, result); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestSecondSignalEndsServe(t *testing.T) {
	tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"})
	handlerStarted, release := make(chan struct{}), make(chan struct{})
	srv := newTestServer(t, func(http.ResponseWriter, *http.Request) {
		close(handlerStarted)
		<-release
	})
	result := serve(t.Context(), tel, srv)
	requestDone := make(chan struct{})
	go func() { defer close(requestDone); srv.getStatus() }()
	<-handlerStarted
	terminate(t)
	eventually(t, "the server refuses connections", func() bool { return !srv.acceptsConnections() })
	terminateAgain(t)
	if err := awaitResult(t, result); !errors.Is(err, ErrSecondSignal) {
		t.Errorf("got %v, want that a second signal ended it", err)
	}
	close(release)
	<-requestDone
}

// TestFirstSignalAfterContextEndWaitsForRequests proves that the first signal after the
// end of the context does not end the service at once. With signal.NotifyContext, the same
// signal ends the context and reaches Serve, which must not take it for a second one.
func TestFirstSignalAfterContextEndWaitsForRequests(t *testing.T) {
	tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"})
	handlerStarted, release := make(chan struct{}), make(chan struct{})
	srv := newTestServer(t, func(w http.ResponseWriter, _ *http.Request) {
		close(handlerStarted)
		<-release
		w.WriteHeader(http.StatusNoContent)
	})
	// delivered is registered after Serve's channel, so when delivered receives a signal,
	// Serve has received the signal too.
	delivered := make(chan os.Signal, 1)
	ctx, cancel := context.WithCancel(t.Context())
	result := serve(ctx, tel, srv)
	status := make(chan int, 1)
	go func() { status <- srv.getStatus() }()
	<-handlerStarted
	signal.Notify(delivered, syscall.SIGTERM)
	defer signal.Stop(delivered)
	cancel()
	eventually(t, "the server refuses connections", func() bool { return !srv.acceptsConnections() })
	terminate(t)
	<-delivered
	// Wait long enough to notice an immediate stop, which would not answer the
	// request.
	select {
	case err := <-result:
		close(release)
		t.Fatalf("got %v before the request was answered: the first signal is not the second", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if got := <-status; got != http.StatusNoContent {
		t.Errorf("got status %d for a request in progress, want 204", got)
	}
	if err := awaitResult(t, result); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

// TestServeClosesServerAfterGracePeriod proves that Serve closes the server, returns an
// error and still exports if a request does not end within the grace period.
func TestServeClosesServerAfterGracePeriod(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_GO_GRACE_PERIOD", "6000"})
	_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "before")
	span.End()
	handlerStarted, handlerReturned := make(chan struct{}), make(chan struct{})
	srv := newTestServer(t, func(_ http.ResponseWriter, request *http.Request) {
		close(handlerStarted)
		// The context ends only when the server is closed by force.
		<-request.Context().Done()
		close(handlerReturned)
	})
	ctx, cancel := context.WithCancel(t.Context())
	result := serve(ctx, tel, srv)
	go srv.getStatus()
	<-handlerStarted
	cancel()
	err := awaitResult(t, result)
	if err == nil || !strings.Contains(err.Error(), "still in progress") {
		t.Errorf("got %v, want that a request was still in progress", err)
	}
	if r.span("before") == nil {
		t.Error("a request that hung has cost the telemetry")
	}
	<-handlerReturned
}

// stubbornServer ignores the contexts that it is given, and stops when stop is closed. It
// closes started when ListenAndServe is called.
type stubbornServer struct{ started, stop chan struct{} }

func (s *stubbornServer) ListenAndServe() error {
	close(s.started)
	<-s.stop
	return http.ErrServerClosed
}
func (s *stubbornServer) Shutdown(context.Context) error { <-s.stop; return nil }

func TestServeReturnsIfServerNeverStops(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_GO_GRACE_PERIOD", "6000"})
	endSpans(t, tel, 1)
	ctx, cancel := context.WithCancel(t.Context())
	srv := &stubbornServer{started: make(chan struct{}), stop: make(chan struct{})}
	defer close(srv.stop)
	result := serve(ctx, tel, srv)
	<-srv.started
	cancel()
	if err := awaitResult(t, result); err == nil || !strings.Contains(err.Error(), "grace period of 6s") {
		t.Errorf("got %v, want that the server has not stopped within the grace period", err)
	}
	if r.spanCount() != 1 {
		t.Error("a server that does not stop has cost the telemetry")
	}
}

// brokenServer returns errors from both ListenAndServe and Shutdown. It closes started
// when ListenAndServe is called, and stopped when Shutdown is called.
type brokenServer struct{ started, stopped chan struct{} }

func (s *brokenServer) ListenAndServe() error {
	close(s.started)
	<-s.stopped
	return errors.New("broken")
}

func (s *brokenServer) Shutdown(context.Context) error {
	close(s.stopped)
	return fmt.Errorf("cannot stop")
}

func TestServeReturnsAllErrors(t *testing.T) {
	tel := setup(t, []string{"OTEL_SDK_DISABLED", "true"})
	ctx, cancel := context.WithCancel(t.Context())
	srv := &brokenServer{started: make(chan struct{}), stopped: make(chan struct{})}
	result := serve(ctx, tel, srv)
	<-srv.started
	cancel()
	err := awaitResult(t, result)
	for _, want := range []string{"core: serve", "broken", "cannot stop"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
