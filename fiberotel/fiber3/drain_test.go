package fiberotel_test

import (
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestStopKeepAlivesClosesConnections proves that a response closes its connection after
// StopKeepAlives, even if the request offers an upgrade to HTTP/2. Java's client offers
// this upgrade with each request.
func TestStopKeepAlivesClosesConnections(t *testing.T) {
	app := fiber.New()
	app.Get("/", func(c fiber.Ctx) error { return c.SendString("ok") })
	address := fibertest.FreeAddress(t)
	server := fiberotel.Server(app, address, fiber.ListenConfig{DisableStartupMessage: true})
	served := make(chan error, 1)
	go func() { served <- server.ListenAndServe() }()
	get := func(header http.Header) (closes bool, err error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = header
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, err
		}
		return response.Close, response.Body.Close()
	}
	fibertest.Eventually(t, "it listens", func() bool { _, err := get(nil); return err == nil })
	server.StopKeepAlives()
	for name, header := range map[string]http.Header{
		"plain": nil,
		"h2c":   {"Connection": {"Upgrade, HTTP2-Settings"}, "Upgrade": {"h2c"}, "Http2-Settings": {"AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"}},
	} {
		if closes, err := get(header); err != nil || !closes {
			t.Errorf("%s: got Connection: close %v and error %v, want an answer with Connection: close", name, closes, err)
		}
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := fibertest.Await(t, served); err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestStopKeepAlivesKeepsTunnels proves that the tunnel of a CONNECT request works after
// StopKeepAlives. fasthttp would close the connection instead of calling the hijack handler
// if the response closed the connection.
func TestStopKeepAlivesKeepsTunnels(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Connect("/tunnel", func(c fiber.Ctx) error {
		c.RequestCtx().Hijack(func(conn net.Conn) { _, _ = io.Copy(conn, conn) })
		return nil
	})
	server := fiberotel.Server(app, fibertest.FreeAddress(t), quietListenConfig)
	conn, reader := fibertest.At(t, startRunner(t, app, server)).Dial()
	server.StopKeepAlives()
	r.HTTPEngine().ServerStopping()
	fibertest.Write(t, conn, "CONNECT /tunnel HTTP/1.1", "Host: x")
	if status := readStatus(t, reader); status != fiber.StatusOK {
		t.Fatalf("got status %d, want 200", status)
	}
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := reader.ReadString('\n'); err != nil || line != "hello\n" {
		t.Errorf("got %q, %v through the tunnel", line, err)
	}
	_ = conn.Close()
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
