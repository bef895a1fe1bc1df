package fiberotel_test

import (
	"net"
	"os"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestMain(m *testing.M) {
	fibertest.KeepReported()
	os.Exit(m.Run())
}

// newApp returns an app that does not print a startup message.
func newApp(config ...fiber.Config) *fiber.App {
	var c fiber.Config
	if len(config) > 0 {
		c = config[0]
	}
	c.DisableStartupMessage = true
	return fiber.New(c)
}

// instrumentedApp returns an app whose first middleware is ours.
func instrumentedApp(r *httpservertest.Recorder, config ...fiber.Config) *fiber.App {
	app := newApp(config...)
	app.Use(fiberotel.Middleware(r))
	return app
}

// serve serves app on a free port until the test ends, and returns a client of the app.
func serve(t testing.TB, app *fiber.App) *fibertest.Service {
	t.Helper()
	return serveOn(t, app, fibertest.Listen(t))
}

// serveOn is like serve, but serves app on ln.
func serveOn(t testing.TB, app *fiber.App, ln net.Listener) *fibertest.Service {
	t.Helper()
	return fibertest.Serve(t, ln, app.Listener, app.ShutdownWithTimeout)
}
