package fiberotel_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestTruncatedStreamIsError proves that the span is an error if a stream ends before the
// declared length, which truncates the response. The truncation is detected only if the
// server is a [fiberotel.Server] and the missing part is larger than fasthttp's buffer.
func TestTruncatedStreamIsError(t *testing.T) {
	textReader := func(length int) io.Reader { return strings.NewReader(strings.Repeat("x", length)) }
	for name, stream := range map[string]struct {
		method    string
		newReader func(length int) io.Reader // length is the declared length
		errorType any
	}{
		"whole":     {"GET", textReader, nil},
		"too short": {"GET", func(length int) io.Reader { return textReader(length / 2) }, "server_closed"},
		"failing":   {"GET", func(length int) io.Reader { return io.MultiReader(textReader(length/2), failingReader{}) }, "server_closed"},
		"HEAD":      {"HEAD", func(int) io.Reader { return textReader(0) }, nil},
	} {
		for _, length := range []int{10_000, 100_000, 1_000_000} {
			t.Run(fmt.Sprintf("%s of %d", name, length), func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{})
				app := instrumentedApp(r)
				app.Get("/stream", func(c *fiber.Ctx) error { return c.SendStream(stream.newReader(length), length) })
				s := serveWithRunner(t, app)
				_, body, err := s.Try(s.Request(stream.method, "/stream", nil))
				if truncated := err != nil || stream.method == "GET" && len(body) < length; truncated != (stream.errorType != nil) {
					t.Errorf("got %d bytes, error %v", len(body), err)
				}
				span := r.Named(stream.method + " /stream")
				if got := fibertest.Attr(span, "error.type"); got != stream.errorType || (span.Status().Code == codes.Error) != (got != nil) {
					t.Errorf("got error.type %v, status %v, want %v", got, span.Status(), stream.errorType)
				}
				if got := fmt.Sprint(fibertest.Attr(span, "http.response.status_code")); got != "200" {
					t.Errorf("got status %s, want the 200 that was sent", got)
				}
			})
		}
	}
}

// TestBufferedResponsesAreNotTruncated proves that the span of a complete response is not
// an error, even if the response is still in fasthttp's buffer when the span ends. This can
// happen if the client pipelines requests.
func TestBufferedResponsesAreNotTruncated(t *testing.T) {
	const requests, buffer = 3, 1_000_000
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r, fiber.Config{WriteBufferSize: buffer})
	app.Get("/large", func(c *fiber.Ctx) error { return c.SendString(strings.Repeat("x", buffer/4)) })
	conn, reader := serveWithRunner(t, app).Dial()
	if _, err := io.WriteString(conn, strings.Repeat("GET /large HTTP/1.1\r\nHost: x\r\n\r\n", requests)); err != nil {
		t.Fatal(err)
	}
	for range requests {
		if status := fibertest.Answer(t, reader); status != fiber.StatusOK {
			t.Errorf("got status %d, want 200", status)
		}
	}
	fibertest.Eventually(t, "the end of all spans", func() bool { return len(r.Ended()) == requests })
	for _, span := range r.Ended() {
		if got := fibertest.Attr(span, "error.type"); got != nil || fibertest.Attr(span, "http.response.status_code") != int64(fiber.StatusOK) {
			t.Errorf("got error.type %v and status %v, want a complete response", got, fibertest.Attr(span, "http.response.status_code"))
		}
	}
}

// serveWithRunner serves the app with [fiberotel.Server] until the test ends.
func serveWithRunner(t *testing.T, app *fiber.App) *fibertest.Service {
	t.Helper()
	server := fiberotel.Server(app, fibertest.FreeAddress(t))
	s := fibertest.At(t, startRunner(t, app, server))
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// failingReader is a reader whose Read always returns an error.
type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("source failed") }
