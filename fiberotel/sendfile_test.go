package fiberotel_test

import (
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestSendfileIsStillUsed proves that with the middleware, the kernel sends files itself,
// without copying them through this process.
func TestSendfileIsStillUsed(t *testing.T) {
	path := httpservertest.File(t)
	rec := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(rec)
	app.Get("/file", func(c *fiber.Ctx) error { return c.SendFile(path) })
	spy := httpservertest.NewSpy(t)
	serveOn(t, app, spy)
	if !spy.SentByKernel(t) {
		t.Errorf("the connection was given %q to send, want the file itself", spy.Sent())
	}
	if got := fibertest.Attr(rec.Only(), "http.response.body.size"); got != int64(1_000_000) {
		t.Errorf("got body size %v, want 1000000", got)
	}
}
