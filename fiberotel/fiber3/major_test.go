package fiberotel_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/static"
	"github.com/gofiber/fiber/v3/middleware/timeout"
	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// This file has the tests of features that Fiber v3 has and Fiber v2 does not.

// customCtx is an application's own type of context, which embeds Fiber's.
type customCtx struct{ fiber.DefaultCtx }

// newCustomCtx returns a customCtx for an app, as fiber.NewWithCustomCtx needs it.
func newCustomCtx(app *fiber.App) fiber.CustomCtx {
	return &customCtx{DefaultCtx: *fiber.NewDefaultCtx(app)}
}

// TestCustomCtxHasRoutes proves that spans have routes if the app has its own type of
// context.
func TestCustomCtxHasRoutes(t *testing.T) {
	dir := testDirectory(t)
	for _, test := range fibertest.Routes {
		r := httpservertest.New(t, httpserver.Config{})
		app := fiber.NewWithCustomCtx(newCustomCtx)
		app.Use(fiberotel.Middleware(r))
		registerRoutes(app, dir)
		status, _ := serve(t, app).Do(test.Method, test.Path)
		if status != test.Status {
			t.Errorf("%s %s: got status %d, want %d", test.Method, test.Path, status, test.Status)
		}
		fibertest.CheckRoute(t, r, test.Method, test.Native, test.Status)
	}
}

// TestStaticEndpointHasRoute proves that requests for files have a route if static
// directories are registered as in Fiber's documentation: as endpoints, and as prefixes
// with a star.
func TestStaticEndpointHasRoute(t *testing.T) {
	dir := testDirectory(t)
	tests := []struct {
		path   string
		status int
		want   string
	}{
		{"/get/a.txt", 200, "/get*"},
		{"/get/none.txt", 404, "/get*"},
		{"/star/a.txt", 200, "/star/*"},
		{"/star/none.txt", 404, ""},
		{"/own/a.txt", 200, "/own/*"},
		{"/own/none.txt", 418, "/own/*"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Get("/get*", static.New(dir))
			app.Use("/star/*", static.New(dir))
			app.Use("/own", static.New(dir, static.Config{NotFoundHandler: func(c fiber.Ctx) error {
				return c.SendStatus(fiber.StatusTeapot)
			}}))
			if status, _ := serve(t, app).Do("GET", test.path); status != test.status {
				t.Errorf("got status %d, want %d", status, test.status)
			}
			fibertest.CheckRoute(t, r, "GET", test.want, test.status)
		})
	}
}

// TestMalformedRequestsRecordNothing proves that malformed requests record nothing,
// although Fiber v3 calls middlewares for them.
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
		// In a reused connection, a valid request precedes the malformed one.
		for _, reused := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reused %v", test.name, reused), func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{})
				app := newApp(fiber.Config{BodyLimit: 100})
				middlewareCalls := 0
				app.Use(fiberotel.Middleware(r), func(c fiber.Ctx) error {
					middlewareCalls++
					return c.Next()
				})
				app.All("/a", respondOK)
				app.All("/before", respondOK)
				conn, reader := serve(t, app).Dial()
				want := 0
				if reused {
					fibertest.Write(t, conn, "GET /before HTTP/1.1", "Host: x")
					fibertest.Answer(t, reader)
					want = 1
				}
				fibertest.Write(t, conn, test.lines...)
				if status := fibertest.Answer(t, reader); status != test.status {
					t.Errorf("got status %d, want %d", status, test.status)
				}
				if got := len(r.Ended()); got != want {
					t.Errorf("got %d spans, want %d", got, want)
				}
				if middlewareCalls != want+1 {
					t.Errorf("the inner middleware ran %d times, want %d", middlewareCalls, want+1)
				}
			})
		}
	}
}

// TestTimeoutWhileHandlerRuns proves that the span has the status of Fiber's timeout, which
// responds while the handler still uses its context.
func TestTimeoutWhileHandlerRuns(t *testing.T) {
	release, done := make(chan struct{}), make(chan struct{})
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/slow/:id", timeout.New(func(c fiber.Ctx) error {
		defer close(done)
		ctx := c.Context()
		<-release
		_, span := r.Tracer().Start(ctx, "late")
		span.End()
		return c.SendString("late")
	}, timeout.Config{Timeout: time.Millisecond}))
	app.Get("/fine", timeout.New(respondOK, timeout.Config{Timeout: time.Minute}))
	s := serve(t, app)
	if status, _ := s.Do("GET", "/slow/1"); status != 408 {
		t.Errorf("got status %d, want 408", status)
	}
	fibertest.CheckRoute(t, r, "GET", "/slow/:id", 408)
	close(release)
	<-done
	if late := r.Named("late"); late.Parent().SpanID() != r.Named("GET /slow/:id").SpanContext().SpanID() {
		t.Errorf("got parent %v, want the server span", late.Parent())
	}
	s.Do("GET", "/fine")
	r.Named("GET /fine")
}

// TestTimeoutWithinDeadline proves that the span has the status of Fiber's timeout if an outer
// middleware that is no timeout middleware has set a later deadline.
func TestTimeoutWithinDeadline(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Use(func(c fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.Context(), time.Hour)
		defer cancel()
		c.SetContext(ctx)
		return c.Next()
	}, fiberotel.Middleware(r))
	app.Get("/slow/:id", timeout.New(func(fiber.Ctx) error {
		<-release
		return nil
	}, timeout.Config{Timeout: time.Millisecond}))
	if status, _ := serve(t, app).Do("GET", "/slow/1"); status != 408 {
		t.Errorf("got status %d, want 408", status)
	}
	fibertest.CheckRoute(t, r, "GET", "/slow/:id", 408)
}

// TestTimeoutErrorWithinDeadline proves that the span has the status of the timeout response
// that a handler sets with fasthttp's TimeoutError, if an outer middleware has set a later
// deadline.
func TestTimeoutErrorWithinDeadline(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Use(func(c fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.Context(), time.Hour)
		defer cancel()
		c.SetContext(ctx)
		return c.Next()
	}, fiberotel.Middleware(r))
	app.Get("/slow/:id", func(c fiber.Ctx) error {
		c.RequestCtx().TimeoutErrorWithCode("too slow", fiber.StatusServiceUnavailable)
		return nil
	})
	if status, _ := serve(t, app).Do("GET", "/slow/1"); status != 503 {
		t.Errorf("got status %d, want 503", status)
	}
	fibertest.CheckRoute(t, r, "GET", "/slow/:id", 503)
}

// TestTimeoutOfReusedCtx proves that the span ends if an outer timeout middleware responds just
// after the handlers have returned, and Fiber then reuses the abandoned fiber.Ctx, as v3.4 and
// newer does. Such a middleware also responds if the outer
// context is canceled before the deadline.
func TestTimeoutOfReusedCtx(t *testing.T) {
	for name, limit := range map[string]time.Duration{"deadline": time.Millisecond, "canceled": time.Hour} {
		t.Run(name, func(t *testing.T) {
			abandoned := make(chan fiber.Ctx, 1)
			r := httpservertest.New(t, httpserver.Config{})
			app := newApp()
			app.Use(func(c fiber.Ctx) error {
				ctx, cancel := context.WithTimeout(c.Context(), limit)
				defer cancel()
				c.SetContext(ctx)
				if name == "canceled" {
					cancel()
				}
				returned := make(chan struct{})
				go func() {
					defer close(returned)
					_ = c.Next()
				}()
				<-returned
				c.RequestCtx().TimeoutErrorWithCode("too slow", fiber.StatusRequestTimeout)
				c.Abandon()
				abandoned <- c
				return nil
			}, fiberotel.Middleware(r))
			app.Get("/slow/:id", respondOK)
			if status, body := serve(t, app).Do("GET", "/slow/1"); status != 408 || body != "too slow" {
				t.Errorf("got %d %q, want 408", status, body)
			}
			(<-abandoned).ForceRelease()
			fibertest.CheckRoute(t, r, "GET", "/slow/:id", 0)
		})
	}
}

// TestNestedMiddlewareLeavesLaterRequests proves that a nested middleware, whose deadline was
// near, does not read a later request for which fasthttp uses the same RequestCtx. Otherwise,
// the race detector reports an error.
func TestNestedMiddlewareLeavesLaterRequests(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	limit := func(c fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.Context(), time.Millisecond)
		defer cancel()
		c.SetContext(ctx)
		return c.Next()
	}
	app := newApp()
	app.Use("/abandoned", limit, func(c fiber.Ctx) error {
		err := c.Next()
		c.RequestCtx().TimeoutErrorWithCode("too slow", fiber.StatusRequestTimeout)
		c.Abandon()
		return err
	})
	app.Use(fiberotel.Middleware(r))
	app.Use("/limited", limit, fiberotel.Middleware(r))
	app.Get("/limited", respondOK)
	app.Get("/abandoned", respondOK)
	app.Get("/slow", func(c fiber.Ctx) error {
		c.RequestCtx().TimeoutErrorWithCode("too slow", fiber.StatusRequestTimeout)
		return nil
	})
	s := serve(t, app)
	for _, path := range []string{"/limited", "/slow", "/abandoned"} {
		s.Do("GET", path)
	}
	// This span ends after abandonTimeout, when the nested middleware would read requestCtx.
	r.Named("GET /abandoned")
	r.Named("GET /limited")
	r.Named("GET /slow")
}

// TestAbandonedStream proves that a span has the route, the hooks' attributes and the end of
// its stream if the handler calls Abandon to use the fiber.Ctx in the stream, as the sse
// middleware of newer versions of Fiber does. An outer middleware may have set a deadline.
func TestAbandonedStream(t *testing.T) {
	for _, limit := range []time.Duration{0, time.Hour} {
		t.Run(limit.String(), func(t *testing.T) {
			release := make(chan struct{})
			r := httpservertest.New(t, httpserver.Config{})
			app := newApp()
			app.Use(func(c fiber.Ctx) error {
				if limit > 0 {
					ctx, cancel := context.WithTimeout(c.Context(), limit)
					defer cancel()
					c.SetContext(ctx)
				}
				return c.Next()
			}, fiberotel.Middleware(r, fiberotel.WithAttributes(func(c fiber.Ctx) []attribute.KeyValue {
				return []attribute.KeyValue{attribute.String("id", c.Params("id"))}
			})))
			app.Get("/events/*", func(c fiber.Ctx) error { return c.Next() })
			app.Get("/events/:id", func(c fiber.Ctx) error {
				c.Abandon()
				return c.Status(fiber.StatusAccepted).SendStreamWriter(func(w *bufio.Writer) {
					_, _ = w.WriteString("first")
					_ = w.Flush()
					<-release
					_, _ = w.WriteString(c.Params("id"))
				})
			})
			s := serve(t, app)
			resp, err := s.Client.Do(s.Request("GET", "/events/7", nil))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			if points := r.Collect(fibertest.Active); len(points) != 1 || points[0].Sum != 1 {
				t.Errorf("got active requests %v during the stream, want 1", points)
			}
			close(release)
			if body, err := io.ReadAll(resp.Body); string(body) != "first7" || err != nil {
				t.Errorf("got %q, %v", body, err)
			}
			fibertest.CheckRoute(t, r, "GET", "/events/:id", 202)
			if got := fibertest.Attr(r.Only(), "id"); got != "7" {
				t.Errorf("got id %v, want 7", got)
			}
		})
	}
}

// TestAdaptedHandlersHaveRoute proves that the span has the route of a handler that is not
// a fiber.Handler, such as a func(fiber.Ctx). Fiber wraps such a handler in a fiber.Handler.
func TestAdaptedHandlersHaveRoute(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/plain/:id", func(c fiber.Ctx) { c.Status(fiber.StatusAccepted) })
	app.Get("/fails/:id", func(fiber.Ctx) error { return errors.New("boom") })
	s := serve(t, app)
	s.Do("GET", "/plain/1")
	s.Do("GET", "/fails/1")
	for name, status := range map[string]int64{"GET /plain/:id": 202, "GET /fails/:id": 500} {
		if got := fibertest.Attr(r.Named(name), "http.response.status_code"); got != status {
			t.Errorf("%s: got status %v, want %d", name, got, status)
		}
	}
}

// TestPathsWithoutSlashAreRecorded proves that targets without a leading slash are recorded
// if the middleware is registered for "*". Fiber v3 does not call a middleware without a
// path for them.
func TestPathsWithoutSlashAreRecorded(t *testing.T) {
	tests := []struct{ line, path, route string }{
		{"OPTIONS * HTTP/1.1", "*", "/*"},
		{"GET foo HTTP/1.1", "foo", "/*"},
		{"GET foo/bar?x=1 HTTP/1.1", "foo/bar", "/*"},
		{"GET healthz/../foo HTTP/1.1", "healthz/../foo", "/*"},
		{"GET http:/x HTTP/1.1", "http:/x", "/*"},
		{"GET ?x=1 HTTP/1.1", "/", "/*"},
		{"GET http://other.example?x=1 HTTP/1.1", "/", "/*"},
		{"GET /items/1 HTTP/1.1", "/items/1", "/items/:id"},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
			app := newApp()
			app.Use("*", fiberotel.Middleware(r))
			app.Get("/items/:id", respondOK)
			app.All("*", respondOK)
			conn, reader := serve(t, app).Dial()
			fibertest.Write(t, conn, test.line, "Host: x", "Connection: close")
			switch status := fibertest.Answer(t, reader); {
			case status == 400 && !strings.HasPrefix(test.line, "OPTIONS"):
				// Newer versions of fasthttp reject this invalid target.
				if got := len(r.Ended()); got != 0 {
					t.Errorf("got %d spans of a request that fasthttp refused, want none", got)
				}
				return
			case status != 200:
				t.Fatalf("got status %d", status)
			}
			method, _, _ := strings.Cut(test.line, " ")
			fibertest.CheckRoute(t, r, method, test.route, 200)
			if got := fibertest.Attr(r.Only(), "url.path"); got != test.path {
				t.Errorf("got url.path %v, want %s", got, test.path)
			}
		})
	}
}
