package fiberotel_test

import (
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestMalformedRequestsRecordNothing proves that malformed requests record nothing.
// fasthttp responds to them before Fiber v2 runs any middleware. Each malformed request
// follows a valid one on the same connection. Only the valid request must be recorded.
func TestMalformedRequestsRecordNothing(t *testing.T) {
	tests := []struct {
		name   string
		lines  []string
		status int
	}{
		{"length is not a number", []string{"POST /a HTTP/1.1", "Host: x", "Content-Length: ten"}, 400},
		{"body too large", []string{"POST /a HTTP/1.1", "Host: x", "Content-Length: 1000"}, 413},
		{"header too large", []string{"GET /a HTTP/1.1", "Host: x", "X: " + strings.Repeat("x", 10_000)}, 431},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := newApp(fiber.Config{BodyLimit: 100})
			middlewareCalls := 0
			app.Use(func(c *fiber.Ctx) error {
				middlewareCalls++
				return c.Next()
			}, fiberotel.Middleware(r))
			app.All("/a", respondOK)
			conn, reader := serve(t, app).Dial()
			fibertest.Write(t, conn, "GET /a HTTP/1.1", "Host: x")
			fibertest.Answer(t, reader)
			fibertest.Write(t, conn, test.lines...)
			if status := fibertest.Answer(t, reader); status != test.status {
				t.Errorf("got status %d, want %d", status, test.status)
			}
			if middlewareCalls != 1 || len(r.Ended()) != 1 {
				t.Errorf("got %d middleware calls and %d spans, want only those of the earlier request", middlewareCalls, len(r.Ended()))
			}
		})
	}
}
