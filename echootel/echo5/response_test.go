package echootel

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestBodySizesAreRecorded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file.bin")
	if err := os.WriteFile(file, make([]byte, 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	compressibleText := strings.Repeat("compressible ", 1000)
	tests := []struct {
		name    string
		method  string
		body    io.Reader
		handler echo.HandlerFunc
		// inside, if not nil, is registered after our middleware.
		inside echo.MiddlewareFunc
		status int64
		// requestSize and responseSize are the wanted sizes of the bodies, or nil if the
		// span must have no size. A responseSize of -1 stands for the number of bytes that
		// the client receives.
		requestSize, responseSize any
	}{
		{name: "none", handler: func(c *echo.Context) error { return c.NoContent(http.StatusOK) }, status: 200, requestSize: int64(0), responseSize: int64(0)},
		{name: "string", handler: respondOK, status: 200, requestSize: int64(0), responseSize: int64(2)},
		{name: "HEAD", method: http.MethodHead, handler: respondOK, status: 200, requestSize: int64(0), responseSize: int64(0)},
		{name: "204", handler: func(c *echo.Context) error { return c.NoContent(http.StatusNoContent) }, status: 204, requestSize: int64(0), responseSize: int64(0)},
		{name: "304", handler: func(c *echo.Context) error { return c.NoContent(http.StatusNotModified) }, status: 304, requestSize: int64(0), responseSize: int64(0)},
		{name: "file", handler: func(c *echo.Context) error {
			http.ServeFile(c.Response(), c.Request(), file)
			return nil
		}, status: 200, requestSize: int64(0), responseSize: int64(100_000)},
		{name: "sendfile", handler: func(c *echo.Context) error {
			http.ServeFile(innerWriter(c), c.Request(), file)
			return nil
		}, status: 200, requestSize: int64(0), responseSize: int64(100_000)},
		{name: "stream", handler: func(c *echo.Context) error {
			return c.Stream(http.StatusOK, "text/plain", strings.NewReader(strings.Repeat("x", 70_000)))
		}, status: 200, requestSize: int64(0), responseSize: int64(70_000)},
		{name: "echo", method: http.MethodPost, body: strings.NewReader("hello"), handler: respondWithBody, status: 200, requestSize: int64(5), responseSize: int64(5)},
		{name: "echo chunked", method: http.MethodPost, body: httpservertest.Chunked("hello"), handler: respondWithBody, status: 200, requestSize: int64(5), responseSize: int64(5)},
		{name: "chunked, not read", method: http.MethodPost, body: httpservertest.Chunked("hello"), handler: respondOK, status: 200, responseSize: int64(2)},
		{
			name: "gzip", handler: func(c *echo.Context) error { return c.String(http.StatusOK, compressibleText) },
			inside: middleware.Gzip(), status: 200, requestSize: int64(0), responseSize: int64(-1),
		},
		{
			name: "body limit", method: http.MethodPost, body: httpservertest.Chunked(compressibleText), handler: respondWithBody,
			inside: middleware.BodyLimit(1_000), status: 413, responseSize: int64(39),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, rec := newApp(t)
			if test.inside != nil {
				e.Use(test.inside)
			}
			if test.method == "" {
				test.method = http.MethodGet
			}
			e.Add(test.method, "/", test.handler)
			// The client's transport does not decompress the response if the request sets
			// Accept-Encoding itself, so got.Text has the bytes that were sent.
			got := httpservertest.Send(t, test.method, httpservertest.Start(t, e), test.body, "Accept-Encoding", "gzip")
			if test.responseSize == int64(-1) {
				test.responseSize = int64(len(got.Text))
				if got.Text == "" || len(got.Text) >= len(compressibleText) {
					t.Fatalf("got %d bytes, want them compressed", len(got.Text))
				}
			}
			httpservertest.Expect(t, rec.Only(), map[string]any{
				"http.response.status_code": test.status,
				"http.request.body.size":    test.requestSize,
				"http.response.body.size":   test.responseSize,
			})
			for metric, want := range map[string]any{"http.server.request.body.size": test.requestSize, "http.server.response.body.size": test.responseSize} {
				points := rec.Points(metric)
				if want == nil && len(points) != 0 {
					t.Errorf("%s: got %v, want no points", metric, points)
				} else if want != nil && (len(points) != 1 || int64(points[0].Sum) != want) {
					t.Errorf("%s: got %v, want one of %v", metric, points, want)
				}
			}
		})
	}
}

// respondWithBody is a handler that responds with the body of the request.
func respondWithBody(c *echo.Context) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/plain", body)
}

// TestOuterGzipStillWorks proves that an outer Gzip middleware still works: the client
// receives the compressed response, and the span has the status of the response.
func TestOuterGzipStillWorks(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.Use(middleware.GzipWithConfig(middleware.GzipConfig{MinLength: 10}), Middleware(rec))
	e.GET("/short", respondOK)
	e.GET("/long", func(c *echo.Context) error { return c.String(http.StatusAccepted, strings.Repeat("x", 1000)) })
	url := httpservertest.Start(t, e)
	if got := get(t, url+"/short"); got.Text != "ok" {
		t.Errorf("body: got %q, want ok", got.Text)
	}
	if got := get(t, url+"/long"); len(got.Text) != 1000 || !got.Uncompressed {
		t.Errorf("got %d bytes, compressed %t, want 1000 compressed ones", len(got.Text), got.Uncompressed)
	}
	rec.Ended()
	httpservertest.Expect(t, rec.Named("GET /short"), map[string]any{"http.response.status_code": int64(200)})
	httpservertest.Expect(t, rec.Named("GET /long"), map[string]any{"http.response.status_code": int64(202)})
}

// TestStreamIsFlushedWhileActive proves that the client receives the flushed part of a
// response while the handler still runs, and that http.server.active_requests counts the
// request during this time.
func TestStreamIsFlushedWhileActive(t *testing.T) {
	e, rec := newApp(t)
	release := make(chan struct{})
	e.GET("/stream", func(c *echo.Context) error {
		c.Response().Header().Set(echo.HeaderContentType, "text/event-stream")
		for i := range 5 {
			if i > 0 {
				<-release
			}
			if _, err := io.WriteString(c.Response(), "data: 1\n\n"); err != nil {
				return err
			}
			flush(c)
		}
		return nil
	})
	response, err := http.Get(httpservertest.Start(t, e) + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewReader(response.Body)
	if line, err := lines.ReadString('\n'); err != nil || line != "data: 1\n" {
		t.Fatalf("got %q and %v, want the first event", line, err)
	}
	for _, point := range rec.Collect("http.server.active_requests") {
		if point.Sum != 1 {
			t.Errorf("active requests: got %v, want 1", point.Sum)
		}
	}
	close(release)
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Fatal(err)
	}
	httpservertest.Expect(t, rec.Only(), map[string]any{"http.response.status_code": int64(200), "http.response.body.size": int64(45)})
}

// TestHijackedConnectionHasStatus101 proves that the span of a request whose connection was
// hijacked has the status 101, even if the handler returns an error afterwards.
func TestHijackedConnectionHasStatus101(t *testing.T) {
	for _, result := range []error{nil, errBoom} {
		e, rec := newApp(t)
		handled := make(chan error, 2)
		e.HTTPErrorHandler = func(_ *echo.Context, err error) { handled <- err }
		e.GET("/upgrade", func(c *echo.Context) error {
			conn, buffer, err := echoResponse(c).Hijack()
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close() }()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			line, _ := buffer.ReadString('\n')
			_, _ = io.WriteString(conn, line)
			return result
		})
		conn, err := net.Dial("tcp", strings.TrimPrefix(httpservertest.Start(t, e), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "GET /upgrade HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello\n"); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 101 ") || !strings.HasSuffix(string(got), "hello\n") {
			t.Errorf("got %q and %v, want 101 and hello", got, err)
		}
		_ = conn.Close()
		span := rec.Only()
		httpservertest.Expect(t, span, map[string]any{"http.response.status_code": int64(101), "http.response.body.size": nil, "error.type": nil})
		if span.Status().Code != codes.Unset {
			t.Errorf("span status: got %v, want Unset", span.Status())
		}
		if result != nil && <-handled != errBoom || len(handled) != 0 { //nolint:errorlint // the same error value is wanted, not a wrapper
			t.Errorf("error handler: got another error than %v or one too many", result)
		}
	}
}

// TestWriterKeepsItsInterfaces proves that the response writer implements the same
// interfaces with and without the middleware. After the request, an outer middleware must
// find the same writer as before.
func TestWriterKeepsItsInterfaces(t *testing.T) {
	interfaces := func(w http.ResponseWriter) (implemented [4]bool) {
		_, implemented[0] = w.(http.Flusher)
		_, implemented[1] = w.(http.Hijacker)
		_, implemented[2] = w.(io.ReaderFrom)
		_, implemented[3] = w.(http.Pusher)
		return implemented
	}
	e, rec := newApp(t)
	var outside, inside [4]bool
	bareApp := echo.New()
	for app, implemented := range map[*echo.Echo]*[4]bool{e: &inside, bareApp: &outside} {
		app.GET("/", func(c *echo.Context) error {
			*implemented = interfaces(innerWriter(c))
			return nil
		})
		get(t, httpservertest.Start(t, app))
	}
	rec.Only()
	if inside != outside {
		t.Errorf("Flusher, Hijacker, ReaderFrom, Pusher: got %v, want %v", inside, outside)
	}

	// After the request, an outer middleware must find the server's writer in the response.
	wrappedApp := echo.New()
	var writerRestored bool
	rec = httpservertest.New(t, httpserver.Config{})
	wrappedApp.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			before := innerWriter(c)
			err := next(c)
			writerRestored = innerWriter(c) == before
			return err
		}
	}, Middleware(rec))
	wrappedApp.GET("/", respondOK)
	get(t, httpservertest.Start(t, wrappedApp))
	if !writerRestored {
		t.Error("the response's writer is not put back")
	}
}

func TestSentHeadersAreCaptured(t *testing.T) {
	httpservertest.CheckSentHeader(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		e := echo.New()
		e.Use(Middleware(rec))
		e.GET("/", echo.WrapHandler(handler))
		return e
	})
}

func TestTraceResponseRefersToOwnSpan(t *testing.T) {
	httpservertest.CheckTraceResponse(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		e := echo.New()
		e.Use(Middleware(rec))
		e.GET("/", echo.WrapHandler(handler))
		return e
	})
}
