package fiberotel_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/valyala/fasthttp"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestEndpointThatCallsNextKeepsRoute proves that the span has the route of an endpoint
// that calls Next, even if the last handler that Fiber calls is a middleware.
func TestEndpointThatCallsNextKeepsRoute(t *testing.T) {
	respondAndCallNext := func(c fiber.Ctx) error {
		if err := c.SendString("answered"); err != nil {
			return err
		}
		return c.Next()
	}
	doNothing := func(fiber.Ctx) error { return nil }
	tests := []struct {
		name     string
		register func(*fiber.App)
		method   string
		path     string
		status   int
		want     string
	}{
		{"middleware after the endpoint", func(app *fiber.App) {
			app.Get("/items/:id", respondAndCallNext)
			app.Use(doNothing)
		}, "GET", "/items/1", 200, "/items/:id"},
		{"several middlewares after the endpoint", func(app *fiber.App) {
			app.Get("/items/:id", respondAndCallNext)
			app.Use(func(c fiber.Ctx) error { return c.Next() })
			app.Use("/items", doNothing)
		}, "GET", "/items/1", 200, "/items/:id"},
		{"path in another case, with a slash at the end", func(app *fiber.App) {
			app.Get("/Items/:id", respondAndCallNext)
			app.Use(doNothing)
		}, "GET", "/iTEMS/1/", 200, "/Items/:id"},
		{"nothing after the endpoint", func(app *fiber.App) {
			app.Get("/items/:id", func(c fiber.Ctx) error { _ = c.Next(); return c.SendStatus(200) })
		}, "GET", "/items/1", 200, "/items/:id"},
		{"middleware after the endpoint responds", func(app *fiber.App) {
			app.Post("/items/:id", func(c fiber.Ctx) error { return c.Next() })
			app.Use(func(c fiber.Ctx) error { return c.SendStatus(404) })
		}, "POST", "/items/1", 404, "/items/:id"},
		{"endpoint with a constraint", func(app *fiber.App) {
			app.Get("/items/:id<int>", respondAndCallNext)
			app.Get("/items/:name<alpha>", respondAndCallNext)
			app.Use(doNothing)
		}, "GET", "/items/1", 200, "/items/:id<int>"},
		{"endpoint of a group", func(app *fiber.App) {
			app.Group("/api").Get("/items/*", respondAndCallNext)
			app.Use(doNothing)
		}, "GET", "/api/items/1/2", 200, "/api/items/*"},
		{"endpoint for every method", func(app *fiber.App) {
			app.All("/items/+", respondAndCallNext)
			app.Use(doNothing)
		}, "PUT", "/items/1", 200, "/items/+"},
		{"endpoint for another path", func(app *fiber.App) {
			app.Get("/items/:id", respondAndCallNext)
			app.Use(doNothing)
		}, "GET", "/other/1", 200, ""},
		{"endpoint for another method", func(app *fiber.App) {
			app.Post("/items/:id", respondAndCallNext)
			app.Use(doNothing)
		}, "GET", "/items/1", 200, ""},
		{"middleware before the endpoint", func(app *fiber.App) {
			app.Use(doNothing)
			app.Get("/items/:id", respondAndCallNext)
		}, "GET", "/items/1", 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := newApp()
			app.Use(fiberotel.Middleware(r))
			// Fiber merges consecutive handlers with the same path into one route. This
			// handler separates our middleware from the handlers of the test.
			app.Use("/none", doNothing)
			test.register(app)
			if status, _ := serve(t, app).Do(test.method, test.path); status != test.status {
				t.Errorf("got status %d, want %d", status, test.status)
			}
			fibertest.CheckRoute(t, r, test.method, test.want, test.status)
		})
	}
}

// TestRouteAddedWhileServing proves that the middleware finds the route of an endpoint that
// the application adds while it serves.
func TestRouteAddedWhileServing(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/first", respondOK)
	s := serve(t, app)
	s.Do("GET", "/first")
	app.Get("/second/:id", respondOK)
	app.Handler() // rebuilds the routing tree
	s.Do("GET", "/second/1")
	r.Named("GET /second/:id")
}

// TestStatusOfOuterPanicRecovery proves that the span has the status of the response that an
// outer middleware of Fiber, or an outer handler of fasthttp, sends after it has recovered
// a panic.
func TestStatusOfOuterPanicRecovery(t *testing.T) {
	tests := []struct {
		name    string
		respond func(fiber.Ctx) error
		status  int
	}{
		{"503", func(c fiber.Ctx) error { return c.SendStatus(503) }, 503},
		{"418", func(c fiber.Ctx) error { return c.SendStatus(418) }, 418},
		{"error", func(fiber.Ctx) error { return fiber.ErrBadGateway }, 502},
		{"no response set", func(fiber.Ctx) error { return nil }, 200},
	}
	for _, test := range tests {
		for _, recoveredBy := range []string{"Fiber", "fasthttp"} {
			t.Run(test.name+" by "+recoveredBy, func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{})
				app := newApp()
				if recoveredBy == "Fiber" {
					app.Use(func(c fiber.Ctx) (err error) {
						defer func() {
							if recover() != nil {
								err = test.respond(c)
							}
						}()
						return c.Next()
					})
				}
				app.Use(fiberotel.Middleware(r))
				app.Get("/panic/:id", panicHandler("boom"))
				want := test.status
				s := serve(t, app)
				if recoveredBy == "fasthttp" {
					s, want = serveWithRecovery(t, app, test.status), test.status
				}
				if status, _ := s.Do("GET", "/panic/1"); status != want {
					t.Errorf("got status %d, want %d", status, want)
				}
				fibertest.CheckRoute(t, r, "GET", "/panic/:id", want)
				fibertest.CheckPanic(t, r.Only(), "string", 1, "panicHandler")
			})
		}
	}
}

// serveWithRecovery serves app with a new fasthttp server, whose handler recovers panics of
// app and responds with status.
func serveWithRecovery(t *testing.T, app *fiber.App, status int) *fibertest.Service {
	t.Helper()
	handler := app.Handler()
	server := &fasthttp.Server{Handler: func(ctx *fasthttp.RequestCtx) {
		defer func() {
			if recover() != nil {
				ctx.SetStatusCode(status)
			}
		}()
		handler(ctx)
	}}
	ln := fibertest.Listen(t)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	t.Cleanup(func() {
		if err := server.Shutdown(); err != nil {
			t.Error(err)
		}
		if err := fibertest.Await(t, served); err != nil {
			t.Error(err)
		}
	})
	return fibertest.At(t, ln.Addr().String())
}

// TestHijackWithConnectionClose proves that the span of a hijacked connection has no status
// if the client requests that the connection be closed. In this case, fasthttp closes the
// connection instead of calling the hijack handler, and does not report the end of the
// request.
func TestHijackWithConnectionClose(t *testing.T) {
	for _, lines := range [][]string{
		{"GET /hijack HTTP/1.1", "Host: x", "Connection: close"},
		{"GET /hijack HTTP/1.0", "Host: x"},
	} {
		for want, handlerErr := range map[int]error{fiber.StatusAccepted: nil, fiber.StatusTeapot: fiber.ErrTeapot} {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Get("/hijack", func(c fiber.Ctx) error {
				c.RequestCtx().Hijack(func(net.Conn) {})
				c.Status(fiber.StatusAccepted)
				return handlerErr
			})
			conn, reader := serve(t, app).Dial()
			fibertest.Write(t, conn, lines...)
			if status := readStatus(t, reader); status != want {
				t.Errorf("got status %d on the wire, want %d", status, want)
			}
			fibertest.CheckRoute(t, r, "GET", "/hijack", 0)
		}
	}
}

// TestFailedHijackWithConnectionClose proves that the span is an error if the handler fails
// after it has called Hijack, even if the client requests that the connection be closed.
func TestFailedHijackWithConnectionClose(t *testing.T) {
	for name, test := range map[string]struct {
		fail      func(c fiber.Ctx) error
		status    int
		errorType string
	}{
		"status": {func(c fiber.Ctx) error { return c.SendStatus(503) }, 503, "503"},
		"error":  {func(fiber.Ctx) error { return errors.New("boom") }, 500, "*errors.errorString"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Get("/hijack", func(c fiber.Ctx) error {
				c.RequestCtx().Hijack(func(net.Conn) {})
				return test.fail(c)
			})
			conn, reader := serve(t, app).Dial()
			fibertest.Write(t, conn, "GET /hijack HTTP/1.1", "Host: x", "Connection: close")
			if status := readStatus(t, reader); status != test.status {
				t.Errorf("got status %d on the wire, want %d", status, test.status)
			}
			span := r.Only()
			httpservertest.Expect(t, span, map[string]any{"error.type": test.errorType, "http.response.status_code": nil})
			if got := span.Status().Code; got != codes.Error {
				t.Errorf("got span status %v, want Error", got)
			}
		})
	}
}

// TestHijackedConnectionHasSentStatus proves that the span of a hijacked connection has the
// status that was sent, even if the handler leaves another status in the response.
func TestHijackedConnectionHasSentStatus(t *testing.T) {
	switching := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n"
	tests := []struct {
		name       string
		method     string
		upgrade    bool                  // whether the request asks for an upgrade
		noResponse bool                  // argument of HijackSetNoResponse
		written    string                // what the hijack handler writes
		result     func(fiber.Ctx) error // what the handler does after it has called Hijack
		status     int                   // the status that the client receives
		want       int                   // the status of the span
	}{
		{"101 written, error without effect", "GET", true, true, switching, func(fiber.Ctx) error { return errors.New("boom") }, 101, 101},
		{"101 written, response without effect", "GET", true, true, switching, func(c fiber.Ctx) error { return c.SendStatus(500) }, 101, 101},
		{"101 written, status without effect", "GET", true, true, switching, func(c fiber.Ctx) error { c.Status(503); return nil }, 101, 101},
		{"error", "GET", true, false, "", func(fiber.Ctx) error { return fiber.ErrUpgradeRequired }, 426, 426},
		{"status", "GET", true, false, "", func(c fiber.Ctx) error { return c.SendStatus(500) }, 500, 500},
		{"body", "GET", false, false, "", func(c fiber.Ctx) error { return c.SendString("hijacked") }, 200, 200},
		{"no response set", "GET", false, false, "", func(fiber.Ctx) error { return nil }, 200, 200},
		{"101 written", "GET", true, true, switching, func(fiber.Ctx) error { return nil }, 101, 101},
		{"CONNECT", "CONNECT", false, false, "", func(fiber.Ctx) error { return nil }, 200, 200},
		{"CONNECT, 200 written", "CONNECT", false, true, "HTTP/1.1 200 Connection established\r\n\r\n", func(fiber.Ctx) error { return nil }, 200, 200},
		{"CONNECT refused", "CONNECT", false, false, "", func(fiber.Ctx) error { return fiber.ErrBadGateway }, 502, 502},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Add([]string{test.method}, "/hijack", func(c fiber.Ctx) error {
				c.RequestCtx().HijackSetNoResponse(test.noResponse)
				c.RequestCtx().Hijack(func(conn net.Conn) { _, _ = io.WriteString(conn, test.written) })
				return test.result(c)
			})
			conn, reader := serve(t, app).Dial()
			lines := []string{test.method + " /hijack HTTP/1.1", "Host: x"}
			if test.upgrade {
				lines = append(lines, "Upgrade: echo", "Connection: Upgrade")
			}
			fibertest.Write(t, conn, lines...)
			if status := readStatus(t, reader); status != test.status {
				t.Errorf("got status %d on the wire, want %d", status, test.status)
			}
			fibertest.CheckRoute(t, r, test.method, "/hijack", test.want)
			code := codes.Unset
			if test.want >= 500 {
				code = codes.Error
			}
			if got := r.Only().Status().Code; got != code {
				t.Errorf("got span status %v, want %v", got, code)
			}
		})
	}
}

// TestUpgradeHeaderIgnoresCase proves that an upgrade is recognized by the request's header even
// if the app keeps the names of fields as the client sent them.
func TestUpgradeHeaderIgnoresCase(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r, fiber.Config{DisableHeaderNormalizing: true})
	app.Get("/hijack", func(c fiber.Ctx) error {
		requestCtx := c.RequestCtx()
		requestCtx.HijackSetNoResponse(true)
		requestCtx.Hijack(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
		})
		return nil
	})
	conn, reader := serve(t, app).Dial()
	fibertest.Write(t, conn, "GET /hijack HTTP/1.1", "host: x", "upgrade: echo", "connection: upgrade")
	if status := readStatus(t, reader); status != 101 {
		t.Errorf("got status %d on the wire, want 101", status)
	}
	fibertest.CheckRoute(t, r, "GET", "/hijack", 101)
}

// TestHijackedConnectionWithoutResponse proves that the span is an error without a status
// if a handler hijacks the connection and closes it without a response. fasthttp's adaptor
// for net/http does so if a handler panics with http.ErrAbortHandler.
func TestHijackedConnectionWithoutResponse(t *testing.T) {
	// The span ends as if nothing were known of the response if the hijack handler has not
	// returned within this time. A busy machine may need longer.
	const hijackTimeout = time.Second
	for range 5 {
		r := httpservertest.New(t, httpserver.Config{})
		app := instrumentedApp(r)
		app.Get("/hijack", func(c fiber.Ctx) error {
			requestCtx := c.RequestCtx()
			requestCtx.HijackSetNoResponse(true)
			requestCtx.Hijack(func(conn net.Conn) { _ = conn.Close() })
			return nil
		})
		s := serveWithRunner(t, app)
		start := time.Now()
		if status, _, err := s.Try(s.Request("GET", "/hijack", nil)); err == nil {
			t.Errorf("got status %d, want no response", status)
		}
		fibertest.CheckRoute(t, r, "GET", "/hijack", 0)
		span := r.Only()
		if span.Status().Code == codes.Error && fibertest.Attr(span, "error.type") == "server_closed" {
			return
		}
		if time.Since(start) < hijackTimeout {
			t.Fatalf("got status %v, error.type %v, want an error", span.Status(), fibertest.Attr(span, "error.type"))
		}
	}
	t.Error("got no error, want an error: the machine may be too busy")
}

// TestKeptHijackedConnection proves that the span is no error if the server keeps hijacked
// connections, and the hijack handler passes its connection to a goroutine that responds
// later.
func TestKeptHijackedConnection(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Server().KeepHijackedConns = true
	hijacked := make(chan net.Conn, 1)
	app.Get("/hijack", func(c fiber.Ctx) error {
		requestCtx := c.RequestCtx()
		requestCtx.HijackSetNoResponse(true)
		requestCtx.Hijack(func(conn net.Conn) { hijacked <- conn })
		return nil
	})
	conn, reader := serveWithRunner(t, app).Dial()
	fibertest.Write(t, conn, "GET /hijack HTTP/1.1", "Host: x")
	server := <-hijacked
	fibertest.CheckRoute(t, r, "GET", "/hijack", 0)
	if span := r.Only(); span.Status().Code != codes.Unset || fibertest.Attr(span, "error.type") != nil {
		t.Errorf("got status %v, error.type %v, want no error", span.Status(), fibertest.Attr(span, "error.type"))
	}
	if _, err := io.WriteString(server, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"); err != nil {
		t.Error(err)
	}
	if status := fibertest.Answer(t, reader); status != fiber.StatusAccepted {
		t.Errorf("got status %d on the wire, want 202", status)
	}
	_ = server.Close()
}

// readStatus reads a response and returns its status. It does not read the body.
func readStatus(t *testing.T, reader *bufio.Reader) int {
	t.Helper()
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestErrorHandlerWithoutServer proves that the span has the status of the error handler's
// response if the app is called without a server. If another middleware is registered
// before ours, the span has no status. The error handler must run at most once.
func TestErrorHandlerWithoutServer(t *testing.T) {
	respondGone := func(c fiber.Ctx, _ error) error { return c.Status(fiber.StatusGone).SendString("gone") }
	failingErrorHandler := func(fiber.Ctx, error) error { return errors.New("the error handler fails too") }
	callNext := func(c fiber.Ctx) error { return c.Next() }
	tests := []struct {
		name    string
		onError fiber.ErrorHandler
		outer   fiber.Handler // middleware registered before ours, or nil
		path    string
		status  int
		want    int
	}{
		{"custom", respondGone, nil, "/boom", 410, 410},
		{"custom, Fiber's error", respondGone, nil, "/conflict", 410, 410},
		{"custom, no route", respondGone, nil, "/none", 410, 410},
		{"error handler that fails", failingErrorHandler, nil, "/conflict", 500, 500},
		{"default", nil, nil, "/conflict", 409, 409},
		{"of a mounted app", nil, nil, "/sub/boom", 418, 418},
		{"custom, outer middleware", respondGone, callNext, "/boom", 410, 0},
		{"custom, outer middleware that responds", respondGone, func(c fiber.Ctx) error { _ = c.Next(); return c.SendStatus(202) }, "/boom", 202, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			errorHandlerCalls := 0
			config := fiber.Config{}
			if test.onError != nil {
				config.ErrorHandler = func(c fiber.Ctx, err error) error { errorHandlerCalls++; return test.onError(c, err) }
			}
			app := newApp(config)
			if test.outer != nil {
				app.Use(test.outer)
			}
			app.Use(fiberotel.Middleware(r))
			app.Get("/boom", func(fiber.Ctx) error { return errors.New("boom") })
			app.Get("/conflict", func(fiber.Ctx) error { return fiber.ErrConflict })
			mountedApp := newApp(fiber.Config{ErrorHandler: func(c fiber.Ctx, _ error) error { return c.SendStatus(418) }})
			mountedApp.Get("/boom", func(fiber.Ctx) error { return errors.New("boom") })
			app.Use("/sub", mountedApp)
			w := httptest.NewRecorder()
			adaptor.FiberApp(app)(w, httptest.NewRequest(http.MethodGet, test.path, http.NoBody))
			if w.Code != test.status {
				t.Errorf("got status %d, want %d", w.Code, test.status)
			}
			if want := fibertest.Attr(r.Only(), "http.response.status_code"); test.want != 0 && want != int64(test.want) || test.want == 0 && want != nil {
				t.Errorf("got http.response.status_code %v, want %d", want, test.want)
			}
			if errorHandlerCalls > 1 {
				t.Errorf("the error handler ran %d times", errorHandlerCalls)
			}
		})
	}
}

func TestNilOptionPanics(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message, "fiberotel: option 2 is nil") {
			t.Errorf("got panic %q", message)
		}
	}()
	r := httpservertest.New(t, httpserver.Config{})
	fiberotel.Middleware(r, fiberotel.WithSpanName(func(fiber.Ctx) string { return "" }), nil)
}

// TestAbsoluteTargetReplacesHost proves that the authority of a target in absolute form
// replaces the Host header, as RFC 9112, section 3.2.2 requires.
func TestAbsoluteTargetReplacesHost(t *testing.T) {
	tests := []struct {
		target, address string
		port            any
		path, query     any
	}{
		{"http://other.example:8080/a/b?x=1", "other.example", int64(8080), "/a/b", "x=1"},
		{"http://user:secret@other.example/a", "other.example", nil, "/a", nil},
		{"http://[::1]:8080/a", "::1", int64(8080), "/a", nil},
		{"http://other.example", "other.example", nil, "/", nil},
		{"/a?u=http://other.example/", "host.example", nil, "/a", "u=http://other.example/"},
	}
	for _, test := range tests {
		t.Run(test.target, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Get("/*", respondOK)
			conn, reader := serve(t, app).Dial()
			fibertest.Write(t, conn, "GET "+test.target+" HTTP/1.1", "Host: host.example", "Connection: close")
			if status := fibertest.Answer(t, reader); status != 200 {
				t.Fatalf("got status %d", status)
			}
			for key, want := range map[string]any{
				"server.address": test.address, "server.port": test.port, "url.path": test.path, "url.query": test.query,
			} {
				if got := fibertest.Attr(r.Only(), key); got != want {
					t.Errorf("got %s %v, want %v", key, got, want)
				}
			}
		})
	}
}

// TestURLPathIsAsSent proves that url.path is the path that the client sent, even if an
// outer middleware has rewritten the path.
func TestURLPathIsAsSent(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Use(func(c fiber.Ctx) error {
		c.Path("/new/1")
		return c.Next()
	})
	app.Use("/", fiberotel.Middleware(r))
	app.Get("/new/:id", respondOK)
	if status, _ := serve(t, app).Do("GET", "/old%2Fx?y=1"); status != 200 {
		t.Fatalf("got status %d", status)
	}
	span := r.Named("GET /new/:id")
	if got := fibertest.Attr(span, "url.path"); got != "/old%2Fx" {
		t.Errorf("got url.path %v, want the path as the client sent it", got)
	}
}
