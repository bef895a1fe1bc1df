package fiberotel_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

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

// TestFailingStreamIsError proves that the span is an error if a stream without a declared
// length fails, which truncates the response, if the server is a [fiberotel.Server].
func TestFailingStreamIsError(t *testing.T) {
	text := strings.Repeat("x", 10_000)
	writeText := func(c *fiber.Ctx) error {
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) { _, _ = w.WriteString(text) })
		return nil
	}
	for name, test := range map[string]struct {
		handler   fiber.Handler
		method    string
		status    any
		errorType any
	}{
		"whole":  {func(c *fiber.Ctx) error { return c.SendStream(iotest.OneByteReader(strings.NewReader("012"))) }, "GET", int64(200), nil},
		"writer": {writeText, "GET", int64(200), nil},
		"failing": {func(c *fiber.Ctx) error {
			return c.SendStream(io.MultiReader(strings.NewReader(text), failingReader{}))
		}, "GET", int64(200), "server_closed"},
		"failing at once": {func(c *fiber.Ctx) error { return c.SendStream(failingReader{}) }, "GET", nil, "server_closed"},
	} {
		for _, closes := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, Connection: close %v", name, closes), func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{})
				app := instrumentedApp(r)
				app.Add(test.method, "/stream", test.handler)
				s := serveWithRunner(t, app)
				req := s.Request(test.method, "/stream", nil)
				req.Close = closes
				if _, _, err := s.Try(req); (err != nil) != (test.errorType != nil) {
					t.Errorf("got error %v", err)
				}
				span := r.Named(test.method + " /stream")
				if got := fibertest.Attr(span, "error.type"); got != test.errorType || (span.Status().Code == codes.Error) != (got != nil) {
					t.Errorf("got error.type %v, status %v, want %v", got, span.Status(), test.errorType)
				}
				if got := fibertest.Attr(span, "http.response.status_code"); got != test.status {
					t.Errorf("got status %v, want %v", got, test.status)
				}
			})
		}
	}
}

// TestPipelinedStreamsAreNotTruncated proves that the span of a complete stream is not an
// error, even if the end of the stream is still in fasthttp's buffer when the span ends,
// since the client pipelines requests.
func TestPipelinedStreamsAreNotTruncated(t *testing.T) {
	const requests = 3
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/stream", func(c *fiber.Ctx) error { return c.SendStream(iotest.OneByteReader(strings.NewReader("012"))) })
	conn, reader := serveWithRunner(t, app).Dial()
	if _, err := io.WriteString(conn, strings.Repeat("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", requests)); err != nil {
		t.Fatal(err)
	}
	for range requests {
		if status := fibertest.Answer(t, reader); status != fiber.StatusOK {
			t.Errorf("got status %d, want 200", status)
		}
	}
	fibertest.Eventually(t, "the end of all spans", func() bool { return len(r.Ended()) == requests })
	for _, span := range r.Ended() {
		if got := fibertest.Attr(span, "error.type"); got != nil {
			t.Errorf("got error.type %v, want a complete response", got)
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
