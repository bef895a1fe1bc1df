package conventions

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	fiber3 "github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/echootel"
	echo5otel "github.com/samespan/samespan/echootel/echo5"
	"github.com/samespan/samespan/fiberotel"
	fiber3otel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/nethttpotel"
)

// serviceStarters maps each adapter to a function that starts the reference service with that
// adapter and returns the service's address.
var serviceStarters = map[string]func(t *testing.T, s *reference.Service, src httpserver.Source) string{
	"nethttpotel": func(t *testing.T, s *reference.Service, src httpserver.Source) string {
		return serveHTTP(t, reference.NetHTTP(s, nethttpotel.Middleware(src)))
	},
	"ginotel": func(t *testing.T, s *reference.Service, src httpserver.Source) string {
		return serveHTTP(t, reference.Gin(s, func(r *gin.Engine) { ginotel.Use(r, src) }))
	},
	"echootel": func(t *testing.T, s *reference.Service, src httpserver.Source) string {
		return serveHTTP(t, reference.Echo(s, func(e *echo.Echo) { e.Use(echootel.Middleware(src)) }))
	},
	"echootel/echo5": func(t *testing.T, s *reference.Service, src httpserver.Source) string {
		return serveHTTP(t, reference.Echo5(s, func(e *echo5.Echo) { e.Use(echo5otel.Middleware(src)) }))
	},
	"fiberotel": func(t *testing.T, s *reference.Service, src httpserver.Source) string {
		app := reference.Fiber(s, func(app *fiber.App) { app.Use(fiberotel.Middleware(src)) })
		ln := listen(t)
		go func() { _ = app.Listener(ln) }()
		t.Cleanup(func() { _ = app.Shutdown() })
		return ln.Addr().String()
	},
	"fiberotel/fiber3": func(t *testing.T, s *reference.Service, src httpserver.Source) string {
		app := reference.Fiber3(s, func(app *fiber3.App) { app.Use(fiber3otel.Middleware(src)) })
		ln := listen(t)
		go func() { _ = app.Listener(ln, fiber3.ListenConfig{DisableStartupMessage: true}) }()
		t.Cleanup(func() { _ = app.Shutdown() })
		return ln.Addr().String()
	},
}

// serveHTTP serves handler over HTTP/1.1 and HTTP/2 until the test ends, and returns the
// address.
func serveHTTP(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// listen returns a listener on a free port of the loopback interface.
func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// newService returns a reference service without its own telemetry.
func newService(t *testing.T) *reference.Service {
	t.Helper()
	s, err := reference.New(reference.Dependencies{
		TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
