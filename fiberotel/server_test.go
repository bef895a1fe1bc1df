package fiberotel_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestShutdownWaitsForRequests(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	entered, release := make(chan struct{}), make(chan struct{})
	app.Get("/block", func(c *fiber.Ctx) error { close(entered); <-release; return c.SendString("done") })
	address := fibertest.FreeAddress(t)
	server := fiberotel.Server(app, address)
	served := make(chan error, 1)
	go func() { served <- server.ListenAndServe() }()
	s := fibertest.At(t, address)
	fibertest.Eventually(t, "it listens", func() bool {
		conn, err := net.Dial("tcp4", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	bodies := make(chan string, 1)
	go func() {
		_, body, err := s.Try(s.Request("GET", "/block", nil))
		bodies <- body
		if err != nil {
			t.Error(err)
		}
	}()
	<-entered

	stopped := make(chan error, 1)
	go func() { stopped <- server.Shutdown(t.Context()) }()
	if err := fibertest.Await(t, served); err != nil {
		t.Errorf("got %v, want a clean stop", err)
	}
	select {
	case err := <-stopped:
		t.Errorf("Shutdown did not wait for the request in progress: %v", err)
	default:
	}
	close(release)
	if body := <-bodies; body != "done" {
		t.Errorf("got body %q", body)
	}
	if err := fibertest.Await(t, stopped); err != nil {
		t.Error(err)
	}
	fibertest.CheckRoute(t, r, "GET", "/block", 200)
	if err := server.Shutdown(t.Context()); err != nil {
		t.Errorf("a second Shutdown: %v", err)
	}
}

// TestServersOfOneApp proves that an app can be served at two addresses, by two servers,
// one of which starts while the other one serves. The race detector must not report
// anything.
func TestServersOfOneApp(t *testing.T) {
	app := newApp()
	app.Get("/", respondOK)
	var services []*fibertest.Service
	var servers []*fiberotel.Runner
	for range 2 {
		address := fibertest.FreeAddress(t)
		servers = append(servers, fiberotel.Server(app, address))
		services = append(services, fibertest.At(t, address))
	}
	get := func(s *fibertest.Service) bool {
		_, body, err := s.Try(s.Request("GET", "/", nil))
		return err == nil && body == "ok"
	}
	served := make(chan error, len(servers))
	for i, server := range servers {
		go func() { served <- server.ListenAndServe() }()
		fibertest.Eventually(t, "all servers that were started serve", func() bool {
			serving := true
			for _, s := range services[:i+1] {
				serving = get(s) && serving
			}
			return serving
		})
	}
	for _, server := range servers {
		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for range servers {
		if err := fibertest.Await(t, served); err != nil {
			t.Error(err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestShutdownReturnsAtDeadline(t *testing.T) {
	app := newApp()
	entered, release := make(chan struct{}), make(chan struct{})
	app.Get("/block", func(*fiber.Ctx) error { close(entered); <-release; return nil })
	server := fiberotel.Server(app, fibertest.FreeAddress(t))
	address := startRunner(t, app, server)
	conn, err := net.Dial("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	fibertest.Write(t, conn, "GET /block HTTP/1.1", "Host: x", "Connection: close")
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	close(release)
}

// startRunner calls ListenAndServe of server, which serves app, and returns the address when
// the server listens.
func startRunner(t *testing.T, app *fiber.App, server *fiberotel.Runner) string {
	t.Helper()
	listening, served := make(chan string, 1), make(chan error, 1)
	app.Hooks().OnListen(func(data fiber.ListenData) error {
		listening <- net.JoinHostPort(data.Host, data.Port)
		return nil
	})
	go func() { served <- server.ListenAndServe() }()
	t.Cleanup(func() {
		if err := fibertest.Await(t, served); err != nil {
			t.Error(err)
		}
	})
	select {
	case address := <-listening:
		return address
	case err := <-served:
		t.Fatal(err)
		return ""
	}
}

// TestShutdownWhileStarting proves that Shutdown works at any time while the server starts.
func TestShutdownWhileStarting(t *testing.T) {
	for i := range 100 {
		server := fiberotel.Server(newApp(), "127.0.0.1:0")
		served := make(chan error, 1)
		go func() { served <- server.ListenAndServe() }()
		for range i * i {
			runtime.Gosched()
		}
		ctx, cancel := context.WithTimeout(t.Context(), fibertest.Patience)
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		cancel()
		if err := fibertest.Await(t, served); err != nil {
			t.Errorf("ListenAndServe: %v", err)
		}
	}
}

func TestListenErrorIsReturned(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	err = fiberotel.Server(newApp(), ln.Addr().String()).ListenAndServe()
	if err == nil || !strings.Contains(err.Error(), ln.Addr().String()) {
		t.Errorf("got %v, want an error that names the address", err)
	}
}

func TestServerRejectsPrefork(t *testing.T) {
	app := fiber.New(fiber.Config{Prefork: true, DisableStartupMessage: true})
	err := fiberotel.Server(app, "127.0.0.1:0").ListenAndServe()
	if err == nil || !strings.Contains(err.Error(), "Config.Prefork is true") {
		t.Errorf("got %v, want an error that names Config.Prefork", err)
	}
}
