package fiberotel_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestResponseSize proves that the span and the metrics have the size of the response body,
// if it is known.
func TestResponseSize(t *testing.T) {
	const size = 100_000
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, bytes.Repeat([]byte("x"), size), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		method  string
		handler fiber.Handler
		status  int
		want    any
	}{
		{"no body", "GET", func(*fiber.Ctx) error { return nil }, 200, int64(0)},
		{"string", "GET", func(c *fiber.Ctx) error { return c.SendString("12345") }, 200, int64(5)},
		{"several writes", "GET", func(c *fiber.Ctx) error { _, _ = c.WriteString("123"); _, err := c.WriteString("45"); return err }, 200, int64(5)},
		{"raw body", "GET", func(c *fiber.Ctx) error { c.Response().SetBodyRaw([]byte("12345")); return nil }, 200, int64(5)},
		{"HEAD", "HEAD", func(c *fiber.Ctx) error { return c.SendString("12345") }, 200, int64(0)},
		{"no content", "GET", func(c *fiber.Ctx) error { return c.SendStatus(204) }, 204, int64(0)},
		{"not modified", "GET", func(c *fiber.Ctx) error { _ = c.SendString("12345"); c.Status(304); return nil }, 304, int64(0)},
		{"file", "GET", func(c *fiber.Ctx) error { return c.SendFile(file) }, 200, int64(size)},
		{"file, HEAD", "HEAD", func(c *fiber.Ctx) error { return c.SendFile(file) }, 200, int64(0)},
		{"stream of a declared size", "GET", func(c *fiber.Ctx) error { return c.SendStream(strings.NewReader("12345"), 5) }, 200, int64(5)},
		{"stream of a limited size", "GET", func(c *fiber.Ctx) error {
			return c.SendStream(&io.LimitedReader{R: strings.NewReader("12345"), N: 5})
		}, 200, int64(5)},
		{"stream of an unknown size", "GET", func(c *fiber.Ctx) error { return c.SendStream(strings.NewReader("12345")) }, 200, nil},
		{"stream writer", "GET", func(c *fiber.Ctx) error {
			c.Context().SetBodyStreamWriter(func(w *bufio.Writer) { _, _ = w.WriteString("12345") })
			return nil
		}, 200, nil},
		{"redirect", "GET", func(c *fiber.Ctx) error { return c.Redirect("/elsewhere") }, 302, int64(0)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Get("/", test.handler)
			status, body := serve(t, app).Do(test.method, "/")
			if status != test.status {
				t.Errorf("got status %d, want %d", status, test.status)
			}
			if want, known := test.want.(int64); known && len(body) != int(want) {
				t.Errorf("got %d bytes, want %d", len(body), want)
			}
			if got := fibertest.Attr(r.Only(), "http.response.body.size"); got != test.want {
				t.Errorf("got size %v, want %v", got, test.want)
			}
			if got := len(r.Points("http.server.response.body.size")); (got == 1) != (test.want != nil) {
				t.Errorf("got %d points, want size %v", got, test.want)
			}
			fibertest.CheckRoute(t, r, test.method, "/", test.status)
		})
	}
}

// TestSizeOfCompressedResponse proves that the span has the size of the compressed body if
// an outer middleware compresses the response.
func TestSizeOfCompressedResponse(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Use(compress.New())
	app.Use(fiberotel.Middleware(r))
	app.Get("/", func(c *fiber.Ctx) error { return c.SendString(strings.Repeat("a", 10_000)) })
	s := serve(t, app)
	req := s.Request("GET", "/", nil)
	req.Header.Set("Accept-Encoding", "gzip")
	_, body := s.Send(req)
	if got := fibertest.Attr(r.Only(), "http.response.body.size"); got != int64(len(body)) || len(body) >= 10_000 {
		t.Errorf("got size %v, want the %d bytes sent", got, len(body))
	}
}

// TestRequestSize proves that the span has the size of the request body, if it is known.
func TestRequestSize(t *testing.T) {
	chunked := func(s string) io.Reader { return io.MultiReader(strings.NewReader(s)) }
	tests := []struct {
		name   string
		method string
		body   io.Reader
		stream bool // Config.StreamRequestBody of the app
		want   any
	}{
		{"no body", "GET", nil, false, int64(0)},
		{"POST without a body", "POST", nil, false, int64(0)},
		{"declared", "POST", strings.NewReader("12345"), false, int64(5)},
		{"chunked", "POST", chunked("12345"), false, int64(5)},
		{"chunked, empty", "POST", chunked(""), false, int64(0)},
		{"declared, streamed", "POST", strings.NewReader("12345"), true, int64(5)},
		{"chunked, streamed", "POST", chunked("12345"), true, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r, fiber.Config{StreamRequestBody: test.stream})
			app.All("/echo", func(c *fiber.Ctx) error { return c.Send(c.Body()) })
			s := serve(t, app)
			_, body := s.Send(s.Request(test.method, "/echo", test.body))
			if got := fibertest.Attr(r.Only(), "http.request.body.size"); got != test.want {
				t.Errorf("got size %v, want %v", got, test.want)
			}
			if got := fibertest.Attr(r.Only(), "http.response.body.size"); got != int64(len(body)) {
				t.Errorf("got response size %v, want %d", got, len(body))
			}
		})
	}
}

// TestMultipartFilesAreRemoved proves that fasthttp removes the temporary files of a large
// upload, as it does without the middleware.
func TestMultipartFilesAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r, fiber.Config{BodyLimit: 64 << 20})
	app.Post("/upload", func(c *fiber.Ctx) error {
		file, err := c.FormFile("file")
		if err != nil {
			return err
		}
		return c.SendString(fmt.Sprint(file.Size))
	})
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	part, err := writer.CreateFormFile("file", "large.bin")
	if err != nil {
		t.Fatal(err)
	}
	const size = 20 << 20
	if _, err := part.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	length := form.Len()
	s := serve(t, app)
	req := s.Request("POST", "/upload", &form)
	req.Header.Set("Content-Type", writer.FormDataContentType())
	if status, body := s.Send(req); status != 200 || body != fmt.Sprint(size) {
		t.Fatalf("got %d %q", status, body)
	}
	if got := fibertest.Attr(r.Only(), "http.request.body.size"); got != int64(length) {
		t.Errorf("got size %v, want %d", got, length)
	}
	fibertest.Eventually(t, "the temporary files are removed", func() bool {
		files, err := os.ReadDir(os.Getenv("TMPDIR"))
		return err == nil && len(files) == 0
	})
}

// TestStreamSpanEndsAfterLastEvent proves that the span of a stream ends after the last
// event of the stream. The handler starts a child span for each event, which must end before
// the server span. The request must count as active until the last event.
func TestStreamSpanEndsAfterLastEvent(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	releaseEvent := make(chan struct{})
	app.Get("/stream", func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		c.Set(fiber.HeaderContentType, "text/event-stream")
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			for i := range 3 {
				_, span := r.Tracer().Start(ctx, "event")
				_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
				_ = w.Flush()
				span.End()
				<-releaseEvent
			}
		})
		return nil
	})
	s := serve(t, app)
	resp, err := s.Client.Do(s.Request("GET", "/stream", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	events := bufio.NewScanner(resp.Body)
	for i := range 3 {
		if want := fmt.Sprint("data: ", i); !events.Scan() || events.Text() != want || !events.Scan() {
			t.Fatalf("got event %q, want %q", events.Text(), want)
		}
		if points := r.Collect(fibertest.Active); len(points) != 1 || points[0].Sum != 1 {
			t.Errorf("got active requests %v during the stream, want 1", points)
		}
		releaseEvent <- struct{}{}
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	server := r.Named("GET /stream")
	ended := 0
	for _, span := range r.Ended() {
		if span.Name() == "event" {
			ended++
			if span.Parent().SpanID() != server.SpanContext().SpanID() || span.EndTime().After(server.EndTime()) {
				t.Errorf("the event %v is not within the server span", span.SpanContext())
			}
		}
	}
	if ended != 3 {
		t.Errorf("got %d events, want 3", ended)
	}
}

// TestLostConnectionEndsSpan proves that the span ends if the client disconnects while the
// app writes a long body, although fasthttp does not report the disconnect.
func TestLostConnectionEndsSpan(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/long", func(c *fiber.Ctx) error {
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			for w.Flush() == nil {
				_, _ = w.Write(make([]byte, 1<<16))
			}
		})
		return nil
	})
	conn, reader := serve(t, app).Dial()
	fibertest.Write(t, conn, "GET /long HTTP/1.1", "Host: x")
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.CopyN(io.Discard, resp.Body, 1<<16); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	fibertest.CheckRoute(t, r, "GET", "/long", 200)
	if span := r.Only(); span.Status().Code != codes.Unset || fibertest.Attr(span, "http.response.body.size") != nil {
		t.Errorf("got status %v, size %v", span.Status(), fibertest.Attr(span, "http.response.body.size"))
	}
}
