package echootel

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// newQuietApp returns an application for [Server], without log output.
func newQuietApp(t *testing.T) (*echo.Echo, *httpservertest.Recorder) {
	t.Helper()
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.Logger = slog.New(slog.DiscardHandler)
	e.Use(Middleware(rec))
	return e, rec
}

// awaitURL waits until server listens and returns the server's URL.
func awaitURL(t *testing.T, server *Runner) string {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(10 * time.Second)
	for {
		if address := server.Addr(); address != nil {
			return "http://" + address.String()
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatal("the server does not listen")
		}
	}
}

// awaitResult waits for the error that a goroutine sends to result, such as that of
// ListenAndServe, and returns it.
func awaitResult(t *testing.T, result <-chan error) error {
	t.Helper()
	select {
	case err := <-result:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("the function does not return")
		return nil
	}
}

// startServing calls ListenAndServe in a goroutine. The channel receives the result of
// ListenAndServe.
func startServing(server *Runner) <-chan error {
	stopped := make(chan error, 1)
	go func() { stopped <- server.ListenAndServe() }()
	return stopped
}

// TestShutdownWaitsForRequests proves that Shutdown waits for a request in progress, whose
// client receives the response. ListenAndServe returns while the request is still in
// progress.
func TestShutdownWaitsForRequests(t *testing.T) {
	e, rec := newQuietApp(t)
	started, release := make(chan struct{}), make(chan struct{})
	e.GET("/slow", func(*echo.Context) error {
		close(started)
		<-release
		return echo.ErrBadGateway
	})
	server := Server(e, "127.0.0.1:0")
	stopped := startServing(server)
	url := awaitURL(t, server)
	statuses := make(chan int, 1)
	go func() {
		got, err := httpservertest.Try(context.Background(), http.MethodGet, url+"/slow", nil)
		if err != nil {
			t.Error(err)
			statuses <- 0
			return
		}
		statuses <- got.StatusCode
	}()
	<-started
	shutdownDone := make(chan error, 1)
	go func() { shutdownDone <- server.Shutdown(context.Background()) }()
	if err := awaitResult(t, stopped); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("ListenAndServe: got %v, want http.ErrServerClosed", err)
	}
	close(release)
	if err := awaitResult(t, shutdownDone); err != nil {
		t.Errorf("Shutdown: got %v, want nil", err)
	}
	if got := <-statuses; got != http.StatusBadGateway {
		t.Errorf("status: got %d, want 502", got)
	}
	httpservertest.Expect(t, rec.Only(), map[string]any{"http.response.status_code": int64(502)})
}

// TestShutdownReturnsAtDeadline proves that Shutdown returns when its context ends, even if
// a request is still in progress.
func TestShutdownReturnsAtDeadline(t *testing.T) {
	e, _ := newQuietApp(t)
	started, release := make(chan struct{}), make(chan struct{})
	e.GET("/stuck", func(*echo.Context) error {
		close(started)
		<-release
		return nil
	})
	server := Server(e, "127.0.0.1:0")
	stopped := startServing(server)
	url := awaitURL(t, server)
	clientDone := make(chan struct{})
	go func() {
		defer close(clientDone)
		_, _ = httpservertest.Try(context.Background(), http.MethodGet, url+"/stuck", nil)
	}()
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: got %v, want the context's error", err)
	}
	if err := server.Close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	close(release)
	<-clientDone
	if err := awaitResult(t, stopped); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("ListenAndServe: got %v, want http.ErrServerClosed", err)
	}
}

func TestShutdownBeforeStartPreventsListening(t *testing.T) {
	e, _ := newQuietApp(t)
	server := Server(e, "127.0.0.1:0")
	if err := server.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: got %v, want nil", err)
	}
	if err := awaitResult(t, startServing(server)); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("ListenAndServe: got %v, want http.ErrServerClosed", err)
	}
	if server.Addr() != nil {
		t.Error("the server listened")
	}
}

// TestShutdownWhileStartingLeavesNoListener proves that Shutdown during the start, at any
// moment, stops the server and leaves no listener open.
func TestShutdownWhileStartingLeavesNoListener(t *testing.T) {
	for range 100 {
		e, _ := newQuietApp(t)
		server := Server(e, "127.0.0.1:0")
		stopped := startServing(server)
		if err := server.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: got %v, want nil", err)
		}
		if err := awaitResult(t, stopped); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("ListenAndServe: got %v, want http.ErrServerClosed", err)
		}
		if address := server.Addr(); address != nil {
			if conn, err := net.Dial("tcp", address.String()); err == nil {
				_ = conn.Close()
				t.Fatal("the listener is left open")
			}
		}
	}
}

func TestListenErrorIsReturned(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	e, _ := newQuietApp(t)
	if err := awaitResult(t, startServing(Server(e, listener.Addr().String()))); err == nil || errors.Is(err, http.ErrServerClosed) {
		t.Errorf("ListenAndServe on an address in use: got %v, want an error", err)
	}
}

// TestServerUsesStartConfig proves that the server uses the echo.StartConfig that Server
// gets.
func TestServerUsesStartConfig(t *testing.T) {
	e, _ := newQuietApp(t)
	e.GET("/", func(c *echo.Context) error { return c.String(http.StatusOK, c.Request().Proto) })
	listening := make(chan net.Addr, 1)
	server := Server(e, "127.0.0.1:0", echo.StartConfig{
		HideBanner:       true,
		HidePort:         true,
		ListenerNetwork:  "tcp4",
		ListenerAddrFunc: func(address net.Addr) { listening <- address },
		BeforeServeFunc: func(s *http.Server) error {
			s.Protocols = new(http.Protocols)
			s.Protocols.SetUnencryptedHTTP2(true)
			return nil
		},
	})
	stopped := startServing(server)
	url := "http://" + (<-listening).String()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.ProtoMajor != 2 {
		t.Errorf("got %s and %v, want HTTP/2 as configured", response.Proto, err)
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := awaitResult(t, stopped); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("ListenAndServe: got %v, want http.ErrServerClosed", err)
	}

	want := errors.New("not today")
	server = Server(e, "127.0.0.1:0", echo.StartConfig{BeforeServeFunc: func(*http.Server) error { return want }})
	if err := awaitResult(t, startServing(server)); !errors.Is(err, want) {
		t.Errorf("ListenAndServe: got %v, want %v", err, want)
	}
}
