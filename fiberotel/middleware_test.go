package fiberotel

import (
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/httpservertest"
)

// serve runs app on a socket and returns its URL.
func serve(t testing.TB, app *fiber.App) string {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(ln) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := app.Shutdown(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + ln.Addr().String()
}

// newApp returns an app without a banner.
func newApp(config ...fiber.Config) *fiber.App {
	var c fiber.Config
	if len(config) > 0 {
		c = config[0]
	}
	c.DisableStartupMessage = true
	return fiber.New(c)
}

// do sends a request and returns the status and the body.
func do(t testing.TB, method, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, req)
}

func send(t testing.TB, req *http.Request) (status int, body string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(read)
}

func TestSmoke(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Use(Middleware(r))
	app.Get("/process/:item_id", func(c *fiber.Ctx) error {
		_, span := r.Tracer().Start(c.Context(), "child")
		defer span.End()
		return c.SendString(c.Params("item_id"))
	})
	if status, body := do(t, "GET", serve(t, app)+"/process/12345?a=b"); status != 200 || body != "12345" {
		t.Errorf("got %d %q", status, body)
	}
	span := r.Named("GET /process/:item_id")
	t.Log(span.Attributes())
	if child := r.Named("child"); child.Parent().SpanID() != span.SpanContext().SpanID() {
		t.Error("no child")
	}
}
