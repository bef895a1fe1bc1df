package fiberotel_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/valyala/fasthttp"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestPipelinedRequestsHaveTheirSpans proves that each of 20 pipelined requests has a span
// with its own path and status.
func TestPipelinedRequestsHaveTheirSpans(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/pipe/:id", func(c *fiber.Ctx) error { return c.Status(200 + len(c.Params("id"))).SendString(c.Params("id")) })
	conn, reader := serve(t, app).Dial()
	var requests strings.Builder
	for i := range 20 {
		fmt.Fprintf(&requests, "GET /pipe/%s HTTP/1.1\r\nHost: x\r\n\r\n", strings.Repeat("x", i+1))
	}
	if _, err := io.WriteString(conn, requests.String()); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if status := fibertest.Answer(t, reader); status != 201+i {
			t.Errorf("got status %d, want %d", status, 201+i)
		}
	}
	spans := r.Ended()
	if len(spans) != 20 {
		t.Fatalf("got %d spans, want 20", len(spans))
	}
	for i, span := range spans {
		if got := fibertest.Attr(span, "http.response.status_code"); got != int64(201+i) {
			t.Errorf("got status %v, want %d", got, 201+i)
		}
		if got, want := fibertest.Attr(span, "url.path"), "/pipe/"+strings.Repeat("x", i+1); got != want {
			t.Errorf("got path %v, want %s", got, want)
		}
	}
}

// TestUpgradeEndsSpanBeforeConnection proves that the span of an upgrade has the status 101,
// and ends while the connection is still open.
func TestUpgradeEndsSpanBeforeConnection(t *testing.T) {
	echo := func(conn net.Conn) { _, _ = io.Copy(conn, conn) }
	tests := []struct {
		name    string
		handler fiber.Handler
	}{
		{"response by fasthttp", func(c *fiber.Ctx) error {
			c.Set("Upgrade", "echo")
			c.Set("Connection", "Upgrade")
			c.Context().Hijack(echo)
			return c.SendStatus(fiber.StatusSwitchingProtocols)
		}},
		{"response by the handler", func(c *fiber.Ctx) error {
			c.Context().HijackSetNoResponse(true)
			c.Context().Hijack(func(conn net.Conn) {
				_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
				echo(conn)
			})
			return nil
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Get("/upgrade", test.handler)
			conn, reader := serve(t, app).Dial()
			fibertest.Write(t, conn, "GET /upgrade HTTP/1.1", "Host: x", "Upgrade: echo", "Connection: Upgrade")
			if status := fibertest.Answer(t, reader); status != http.StatusSwitchingProtocols {
				t.Fatalf("got status %d, want 101", status)
			}
			// The connection is still open, but the exchange must have ended.
			fibertest.CheckRoute(t, r, "GET", "/upgrade", 101)
			if span := r.Only(); span.Status().Code != codes.Unset || fibertest.Attr(span, "http.response.body.size") != nil {
				t.Errorf("got status %v, size %v", span.Status(), fibertest.Attr(span, "http.response.body.size"))
			}
			if _, err := io.WriteString(conn, "hello\n"); err != nil {
				t.Fatal(err)
			}
			if line, err := reader.ReadString('\n'); err != nil || line != "hello\n" {
				t.Errorf("got %q, %v", line, err)
			}
			_ = conn.Close()
		})
	}
}

// TestErrorCancelsHijack proves that the span has the status of an error that the handler
// returns after it has called Hijack. The error cancels the hijacking.
func TestErrorCancelsHijack(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/upgrade", func(c *fiber.Ctx) error {
		c.Context().Hijack(func(net.Conn) {})
		return fiber.ErrUpgradeRequired
	})
	if status, _ := serve(t, app).Do("GET", "/upgrade"); status != fiber.StatusUpgradeRequired {
		t.Errorf("got status %d", status)
	}
	fibertest.CheckRoute(t, r, "GET", "/upgrade", fiber.StatusUpgradeRequired)
}

// TestConnectHasSentStatus proves that the span of a CONNECT request has the status that was
// sent, although the connection is hijacked.
func TestConnectHasSentStatus(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Connect("/tunnel", func(c *fiber.Ctx) error {
		c.Context().Hijack(func(net.Conn) {})
		return nil
	})
	conn, reader := serve(t, app).Dial()
	fibertest.Write(t, conn, "CONNECT /tunnel HTTP/1.1", "Host: x")
	fibertest.Answer(t, reader)
	fibertest.CheckRoute(t, r, "CONNECT", "/tunnel", 200)
}

// TestTimeoutErrorResponseIsRecorded proves that the span has the status and size of the
// response that fasthttp sends after TimeoutErrorWithCode. In this case, fasthttp does not
// call Close on the user values, so the middleware cannot wait for Close to end the span.
func TestTimeoutErrorResponseIsRecorded(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/slow", func(c *fiber.Ctx) error {
		c.Context().TimeoutErrorWithCode("too slow", fiber.StatusServiceUnavailable)
		return nil
	})
	if status, body := serve(t, app).Do("GET", "/slow"); status != 503 || body != "too slow" {
		t.Errorf("got %d %q", status, body)
	}
	fibertest.CheckRoute(t, r, "GET", "/slow", 503)
	if size := fibertest.Attr(r.Only(), "http.response.body.size"); size != int64(len("too slow")) {
		t.Errorf("got size %v", size)
	}
}

// TestTimeoutErrorOfEarlierRequest proves that a span has the status of its own response,
// and the response the trace context of its own span, if the RequestCtx was used for an
// earlier request, which timed out. Fiber v3's adaptor reuses a RequestCtx without a reset.
func TestTimeoutErrorOfEarlierRequest(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{ResponseTraceContext: true})
	app := instrumentedApp(r)
	app.Get("/slow", func(c *fiber.Ctx) error {
		c.Context().TimeoutError("too slow")
		return nil
	})
	app.Get("/fast", func(c *fiber.Ctx) error {
		c.Response().Header.Reset() // as a proxy does
		return c.SendString("ok")
	})
	var requestCtx fasthttp.RequestCtx
	for _, path := range []string{"/slow", "/fast"} {
		var request fasthttp.Request
		request.SetRequestURI(path)
		requestCtx.ResetUserValues()
		requestCtx.Response.Reset()
		requestCtx.Init(&request, nil, nil)
		app.Handler()(&requestCtx)
	}
	for name, want := range map[string]int64{"GET /slow": 408, "GET /fast": 200} {
		if got := fibertest.Attr(r.Named(name), "http.response.status_code"); got != want {
			t.Errorf("%s: got status %v, want %d", name, got, want)
		}
	}
	sc := r.Named("GET /fast").SpanContext()
	if got, want := string(requestCtx.Response.Header.Peek("Traceresponse")), fmt.Sprintf("00-%v-%v-01", sc.TraceID(), sc.SpanID()); got != want {
		t.Errorf("got traceresponse %q, want %q", got, want)
	}
}

// TestAbandonedRequestLosesSpan proves that the engine's Wait returns an error before the
// deadline of its context if an outer middleware calls TimeoutError. In this case, fasthttp
// never reports the end of the request, and the span is lost.
func TestAbandonedRequestLosesSpan(t *testing.T) {
	t.Parallel()
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Use(func(c *fiber.Ctx) error {
		err := c.Next()
		c.Context().TimeoutError("too slow")
		return err
	})
	app.Use(fiberotel.Middleware(r))
	app.Get("/slow", respondOK)
	if status, body := serve(t, app).Do("GET", "/slow"); status != 408 || body != "too slow" {
		t.Errorf("got %d %q", status, body)
	}
	ctx, cancel := context.WithTimeout(t.Context(), fibertest.Patience)
	defer cancel()
	if err := r.Wait(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("got %v, want an error about the lost span before the deadline", err)
	}
}

// TestTimeoutHandlerStatusIsRecorded proves that the span has the status with which
// fasthttp's TimeoutHandler responds while the handler still runs.
func TestTimeoutHandlerStatusIsRecorded(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	started, release := make(chan struct{}), make(chan struct{})
	app.Get("/slow", func(c *fiber.Ctx) error {
		close(started)
		<-release
		return c.SendString("late")
	})
	// The timeout is long enough for the handler's goroutine to start on a busy machine.
	app.Server().Handler = fasthttp.TimeoutHandler(app.Handler(), 100*time.Millisecond, "too slow")
	if status, body := serve(t, app).Do("GET", "/slow"); status != 408 || body != "too slow" {
		t.Errorf("got %d %q", status, body)
	}
	<-started
	close(release)
	fibertest.CheckRoute(t, r, "GET", "/slow", 408)
}

// TestStatusWithoutServer proves that the span has the right status if the app is called
// without a server, as tests and adaptors do. Without a server, nothing reports the end of
// the response.
func TestStatusWithoutServer(t *testing.T) {
	callHandler := func(app *fiber.App, path string) int {
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.SetMethod("GET")
		ctx.Request.SetRequestURI(path)
		app.Handler()(&ctx)
		return ctx.Response.StatusCode()
	}
	callAdaptor := func(app *fiber.App, path string) int {
		w := httptest.NewRecorder()
		adaptor.FiberApp(app)(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		return w.Code
	}
	callAppTest := func(app *fiber.App, path string) int {
		resp, err := app.Test(httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	for name, call := range map[string]func(*fiber.App, string) int{"Handler": callHandler, "adaptor": callAdaptor, "App.Test": callAppTest} {
		for path, want := range map[string]int{"/ok": 200, "/created": 201, "/conflict": 409, "/boom": 500, "/stream": 200} {
			t.Run(name+path, func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{})
				app := instrumentedApp(r)
				app.Get("/ok", respondOK)
				app.Get("/created", func(c *fiber.Ctx) error { return c.SendStatus(201) })
				app.Get("/conflict", func(*fiber.Ctx) error { return fiber.ErrConflict })
				app.Get("/boom", func(*fiber.Ctx) error { return errors.New("boom") })
				app.Get("/stream", func(c *fiber.Ctx) error {
					c.Context().SetBodyStreamWriter(func(w *bufio.Writer) { _, _ = w.WriteString("streamed") })
					return nil
				})
				if status := call(app, path); status != want {
					t.Errorf("got status %d, want %d", status, want)
				}
				fibertest.CheckRoute(t, r, "GET", path, want)
			})
		}
	}
}

// TestPanicWithoutServer proves that the span has no HTTP status if a handler panics and the
// app is called without a server. The middleware must not stop the panic.
func TestPanicWithoutServer(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/panic", panicHandler("boom"))
	func() {
		defer func() {
			if value := recover(); value != "boom" {
				t.Errorf("got %v, want the panic to go on", value)
			}
		}()
		var ctx fasthttp.RequestCtx
		ctx.Request.SetRequestURI("/panic")
		app.Handler()(&ctx)
	}()
	fibertest.CheckRoute(t, r, "GET", "/panic", 0)
	fibertest.CheckPanic(t, r.Only(), "string", 1, "panicHandler")
}

// TestGoexitIsErrorWithoutStatus proves that the span is an error and has no HTTP status if a
// handler ends its goroutine. In this case, fasthttp sends no response.
func TestGoexitIsErrorWithoutStatus(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/exit", func(*fiber.Ctx) error { runtime.Goexit(); return nil })
	done := make(chan struct{})
	go func() {
		defer close(done)
		var ctx fasthttp.RequestCtx
		ctx.Request.SetRequestURI("/exit")
		app.Handler()(&ctx)
	}()
	<-done
	fibertest.CheckRoute(t, r, "GET", "/exit", 0)
	if got := r.Only().Status().Code; got != codes.Error {
		t.Errorf("got status %v, want Error, since there is no response", got)
	}
}

func TestActiveRequestIsCounted(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	entered, release := make(chan struct{}), make(chan struct{})
	app.Get("/block", func(*fiber.Ctx) error { close(entered); <-release; return nil })
	s := serve(t, app)
	done := make(chan error, 1)
	go func() { _, _, err := s.Try(s.Request("GET", "/block", nil)); done <- err }()
	<-entered
	if points := r.Collect(fibertest.Active); len(points) != 1 || points[0].Sum != 1 {
		t.Errorf("got active requests %v, want 1", points)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	fibertest.CheckOnce(t, r)
	span := r.Only()
	point := r.Points(fibertest.Duration)[0]
	if want := span.EndTime().Sub(span.StartTime()).Seconds(); point.Sum != want {
		t.Errorf("got %v s, want the span's %v s", point.Sum, want)
	}
	if len(point.Exemplars) != 1 || point.Exemplars[0] != span.SpanContext().TraceID().String() {
		t.Errorf("got exemplars %v, want the span's trace", point.Exemplars)
	}
}
