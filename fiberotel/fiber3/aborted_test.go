package fiberotel_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// writeForever is a stream writer that writes until a write fails.
func writeForever(w *bufio.Writer) {
	chunk := strings.Repeat("x", 64<<10)
	for {
		if _, err := w.WriteString(chunk); err != nil {
			return
		}
		if err := w.Flush(); err != nil {
			return
		}
	}
}

// TestEarlyHintsAreNoResponse proves that the span has no status if the client disconnects
// between an informational response, which the handler sends itself, and the response.
func TestEarlyHintsAreNoResponse(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/hints", func(c fiber.Ctx) error {
		if _, err := io.WriteString(c.RequestCtx().Conn(), "HTTP/1.1 103 Early Hints\r\n\r\n"); err != nil {
			return err
		}
		_, _ = c.RequestCtx().Conn().Read(make([]byte, 1)) // returns when the reset has arrived
		return c.SendString("late")
	})
	conn, reader := serveWithRunner(t, app).Dial()
	fibertest.Write(t, conn, "GET /hints HTTP/1.1", "Host: x")
	if line, err := reader.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 103") {
		t.Fatalf("got %q, %v", line, err)
	}
	// With a linger of 0, Close resets the connection, so that the server's next write fails.
	if err := errors.Join(conn.(*net.TCPConn).SetLinger(0), conn.Close()); err != nil {
		t.Fatal(err)
	}
	fibertest.CheckRoute(t, r, "GET", "/hints", 0)
	if got := fibertest.Attr(r.Only(), "error.type"); got != "client_disconnected" {
		t.Errorf("got error.type %v, want client_disconnected", got)
	}
}

// TestCutOffResponseIsError proves that the span of a response that was cut off is an
// error, if the server is a [fiberotel.Server]. error.type must say whether the client, the
// server's deadline or the shutdown of the server was the cause.
func TestCutOffResponseIsError(t *testing.T) {
	tests := []struct {
		name      string
		timeout   time.Duration // WriteTimeout of the server
		cutOff    func(t *testing.T, server *fiberotel.Runner, conn io.Closer)
		errorType string
	}{
		{"client", 0, func(t *testing.T, _ *fiberotel.Runner, conn io.Closer) {
			t.Helper()
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}, "client_disconnected"},
		{"deadline", 50 * time.Millisecond, func(*testing.T, *fiberotel.Runner, io.Closer) {}, "timeout"},
		{"server", 0, func(t *testing.T, server *fiberotel.Runner, _ io.Closer) {
			t.Helper()
			if err := server.Close(); err != nil {
				t.Error(err)
			}
		}, "server_closed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r, fiber.Config{WriteTimeout: test.timeout})
			app.Get("/ok", respondOK)
			app.Get("/stream/:id", func(c fiber.Ctx) error {
				c.RequestCtx().SetBodyStreamWriter(writeForever)
				return nil
			})
			address := fibertest.FreeAddress(t)
			server := fiberotel.Server(app, address, quietListenConfig)
			served := make(chan error, 1)
			go func() { served <- server.ListenAndServe() }()
			s := fibertest.At(t, address)
			fibertest.Eventually(t, "the server serves", func() bool {
				_, _, err := s.Try(s.Request("GET", "/ok", nil))
				return err == nil
			})
			conn, reader := s.Dial()
			fibertest.Write(t, conn, "GET /stream/1 HTTP/1.1", "Host: x")
			if line, err := reader.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 200") {
				t.Fatalf("got %q, %v", line, err)
			}
			test.cutOff(t, server, conn)
			fibertest.Eventually(t, "the span ends", func() bool {
				for _, span := range r.Ended() {
					if span.Name() == "GET /stream/:id" {
						return true
					}
				}
				return false
			})
			span := r.Named("GET /stream/:id")
			if got := fibertest.Attr(span, "error.type"); got != test.errorType || span.Status().Code != codes.Error {
				t.Errorf("got error.type %v, status %v, want %s and Error", got, span.Status(), test.errorType)
			}
			if got := fibertest.Attr(span, "http.response.status_code"); got != int64(200) {
				t.Errorf("got status %v, want the 200 that was sent", got)
			}
			for _, span := range r.Ended() {
				if span.Name() == "GET /ok" && span.Status().Code != codes.Unset {
					t.Errorf("got status %v of a complete response", span.Status())
				}
			}
			_ = conn.Close()
			ctx, cancel := context.WithTimeout(t.Context(), fibertest.Patience)
			defer cancel()
			if err := server.Shutdown(ctx); err != nil && test.name != "server" {
				t.Error(err)
			}
			if err := fibertest.Await(t, served); err != nil {
				t.Error(err)
			}
		})
	}
}
