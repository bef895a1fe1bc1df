package fiberotel_test

import (
	"net"
	"os"
	"testing"

	"github.com/gofiber/fiber/v3"

	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestMain(m *testing.M) {
	fibertest.KeepReported()
	os.Exit(m.Run())
}

// newApp returns an app. It passes config, which is optional, to Fiber.
func newApp(config ...fiber.Config) *fiber.App { return fiber.New(config...) }

// instrumentedApp returns an app whose first middleware is ours.
func instrumentedApp(r *httpservertest.Recorder, config ...fiber.Config) *fiber.App {
	app := newApp(config...)
	app.Use("*", fiberotel.Middleware(r))
	return app
}

// quietListenConfig is a configuration that suppresses the startup message.
var quietListenConfig = fiber.ListenConfig{DisableStartupMessage: true}

// serve serves app on a free port until the test ends, and returns a client of the app.
func serve(t testing.TB, app *fiber.App) *fibertest.Service {
	t.Helper()
	return serveOn(t, app, fibertest.Listen(t))
}

// serveOn is like serve, but serves app on ln.
func serveOn(t testing.TB, app *fiber.App, ln net.Listener) *fibertest.Service {
	t.Helper()
	return fibertest.Serve(t, ln, func(ln net.Listener) error { return app.Listener(ln, quietListenConfig) }, app.ShutdownWithTimeout)
}
