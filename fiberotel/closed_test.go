package fiberotel_test

import (
	"bufio"
	"fmt"
	"io"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// sendAndClose sends the response and closes the connection, as the method End of Fiber v3's
// context does.
func sendAndClose(c *fiber.Ctx) error {
	conn := c.Context().Conn()
	w := bufio.NewWriter(conn)
	if err := c.Response().Write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return conn.Close()
}

// sendEarlyHints sends a 103 response. The oldest version of fasthttp that the module supports
// has no method EarlyHints.
func sendEarlyHints(c *fiber.Ctx) error {
	if ctx, ok := any(c.Context()).(interface{ EarlyHints() error }); ok {
		return ctx.EarlyHints()
	}
	_, err := io.WriteString(c.Context().Conn(), "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
	return err
}

// TestHandlerClosesConnection proves that the span has the response that the client has
// received if a handler closes the connection, after it has sent the response itself or
// without a response. Then fasthttp cannot write the response, which must not make a
// complete response an error. The server is a [fiberotel.Server].
func TestHandlerClosesConnection(t *testing.T) {
	tests := []struct {
		name      string
		handler   fiber.Handler
		received  string // the status and the body that the client receives, or "" for no response
		status    any
		errorType any
	}{
		{"after the response", func(c *fiber.Ctx) error {
			_ = c.Status(fiber.StatusAccepted).SendString("sent")
			return sendAndClose(c)
		}, "202 sent", int64(202), nil},
		{"after an error response", func(c *fiber.Ctx) error {
			_ = c.Status(fiber.StatusServiceUnavailable).SendString("sent")
			return sendAndClose(c)
		}, "503 sent", int64(503), "503"},
		{"after the response, then an error", func(c *fiber.Ctx) error {
			_ = c.Status(fiber.StatusAccepted).SendString("sent")
			_ = sendAndClose(c)
			return fiber.ErrBadGateway
		}, "202 sent", int64(202), nil},
		{"without a response", func(c *fiber.Ctx) error {
			_ = c.SendString("not sent")
			return c.Context().Conn().Close()
		}, "", nil, "server_closed"},
		{"after early hints, without a response", func(c *fiber.Ctx) error {
			c.Response().Header.Add("Link", "</a.css>; rel=preload")
			if err := sendEarlyHints(c); err != nil {
				return err
			}
			return c.Context().Conn().Close()
		}, "", nil, "server_closed"},
		{"after early hints and the response", func(c *fiber.Ctx) error {
			c.Response().Header.Add("Link", "</a.css>; rel=preload")
			if err := sendEarlyHints(c); err != nil {
				return err
			}
			_ = c.Status(fiber.StatusAccepted).SendString("sent")
			return sendAndClose(c)
		}, "202 sent", int64(202), nil},
		{"after the response, then a panic", func(c *fiber.Ctx) error {
			_ = c.Status(fiber.StatusAccepted).SendString("sent")
			_ = sendAndClose(c)
			panic("late")
		}, "202 sent", int64(202), "string"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := newApp()
			app.Use(recover.New(), fiberotel.Middleware(r))
			app.Get("/close/:id", test.handler)
			s := serveWithRunner(t, app)
			received := ""
			if resp, err := s.Client.Do(s.Request("GET", "/close/1", nil)); err == nil {
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil {
					t.Error(err)
				}
				received = fmt.Sprintf("%d %s", resp.StatusCode, body)
			}
			if received != test.received {
				t.Errorf("the client received %q, want %q", received, test.received)
			}
			span := r.Named("GET /close/:id")
			if got := fibertest.Attr(span, "http.response.status_code"); got != test.status {
				t.Errorf("got status %v, want %v", got, test.status)
			}
			if got := fibertest.Attr(span, "error.type"); got != test.errorType || (span.Status().Code == codes.Error) != (test.errorType != nil) {
				t.Errorf("got error.type %v, span status %v, want %v", got, span.Status(), test.errorType)
			}
		})
	}
}
