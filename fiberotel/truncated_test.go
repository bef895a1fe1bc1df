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

// TestTruncated proves that the span is an error if a stream ends before the declared
// length, which truncates the response. The server must be a [fiberotel.Server].
func TestTruncated(t *testing.T) {
	const length = 1_000_000
	failingStream := io.MultiReader(strings.NewReader(strings.Repeat("x", length/2)), failingReader{})
	for name, stream := range map[string]struct {
		method    string
		reader    io.Reader
		errorType any
	}{
		"whole":     {"GET", strings.NewReader(strings.Repeat("x", length)), nil},
		"too short": {"GET", strings.NewReader(strings.Repeat("x", length/2)), "server_closed"},
		"failing":   {"GET", failingStream, "server_closed"},
		"HEAD":      {"HEAD", strings.NewReader(""), nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumented(r)
			app.Get("/stream", func(c *fiber.Ctx) error { return c.SendStream(stream.reader, length) })
			server := fiberotel.Server(app, fibertest.FreeAddress(t))
			s := fibertest.At(t, serveRunner(t, app, server))
			defer func() {
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			}()
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

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("source failed") }
