package fiberotel_test

import (
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gofiber/fiber/v3"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestSpanHasSentStatus(t *testing.T) {
	respondTeapot := func(c fiber.Ctx, _ error) error { return c.Status(fiber.StatusTeapot).SendString("teapot") }
	failingErrorHandler := func(fiber.Ctx, error) error { return errors.New("the error handler fails too") }
	tests := []struct {
		name    string
		handler fiber.Handler
		onError fiber.ErrorHandler
		status  int
	}{
		{"implicit 200", func(fiber.Ctx) error { return nil }, nil, 200},
		{"status", func(c fiber.Ctx) error { return c.SendStatus(201) }, nil, 201},
		{"status twice", func(c fiber.Ctx) error { c.Status(500); return c.Status(202).SendString("x") }, nil, 202},
		{"no content", func(c fiber.Ctx) error { return c.SendStatus(204) }, nil, 204},
		{"error", func(fiber.Ctx) error { return errors.New("boom") }, nil, 500},
		{"fiber's error", func(fiber.Ctx) error { return fiber.ErrConflict }, nil, 409},
		{"fiber's error with a 5xx status", func(fiber.Ctx) error { return fiber.NewError(503, "later") }, nil, 503},
		{"error after a body", func(c fiber.Ctx) error { _ = c.SendString("partial"); return fiber.ErrBadGateway }, nil, 502},
		{"custom error handler", func(fiber.Ctx) error { return errors.New("boom") }, respondTeapot, 418},
		{"error handler that fails", func(fiber.Ctx) error { return fiber.ErrConflict }, failingErrorHandler, 500},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r, fiber.Config{ErrorHandler: test.onError})
			app.Get("/fail/:id", test.handler)
			if status, _ := serve(t, app).Do("GET", "/fail/1"); status != test.status {
				t.Fatalf("got status %d, want %d", status, test.status)
			}
			fibertest.CheckRoute(t, r, "GET", "/fail/:id", test.status)
			span := r.Only()
			code, errorType := codes.Unset, any(nil)
			if test.status >= 500 {
				code, errorType = codes.Error, strconv.Itoa(test.status)
			}
			if span.Status().Code != code || span.Status().Description != "" {
				t.Errorf("got status %v, want %v without a description", span.Status(), code)
			}
			if got := fibertest.Attr(span, "error.type"); got != errorType {
				t.Errorf("got error.type %v, want %v", got, errorType)
			}
			if len(span.Events()) != 0 {
				t.Errorf("got events %v, want none", span.Events())
			}
		})
	}
}

func TestErrorHandlerRunsOnce(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	handlerErr := errors.New("boom")
	var errorHandlerCalls atomic.Int32
	var outerError atomic.Value
	app := newApp(fiber.Config{ErrorHandler: func(c fiber.Ctx, err error) error {
		errorHandlerCalls.Add(1)
		_, span := r.Tracer().Start(c.Context(), "error handler")
		span.End()
		return c.Status(fiber.StatusBadRequest).SendString(err.Error())
	}})
	app.Use(func(c fiber.Ctx) error {
		err := c.Next()
		outerError.Store(err)
		return err
	})
	app.Use(fiberotel.Middleware(r), fiberotel.Middleware(r))
	app.Get("/fail", func(fiber.Ctx) error { return handlerErr })
	if status, body := serve(t, app).Do("GET", "/fail"); status != 400 || body != "boom" {
		t.Errorf("got %d %q", status, body)
	}
	span := r.Named("GET /fail")
	if got := fibertest.Attr(span, "http.response.status_code"); got != int64(400) {
		t.Errorf("got status %v, want 400", got)
	}
	if errorHandlerCalls.Load() != 1 {
		t.Errorf("the error handler ran %d times, want 1", errorHandlerCalls.Load())
	}
	if outerError.Load() != any(handlerErr) {
		t.Errorf("got error %v outside, want the handler's own", outerError.Load())
	}
	if r.Named("error handler").Parent().SpanID() != span.SpanContext().SpanID() {
		t.Error("the error handler's span is not the server span's child")
	}
	fibertest.CheckOnce(t, r)
}

// TestOuterMiddlewareReplacesError proves that the span has the status and size of the
// response that an outer middleware sends instead of an error.
func TestOuterMiddlewareReplacesError(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Use(func(c fiber.Ctx) error {
		if err := c.Next(); err != nil {
			return c.Status(fiber.StatusAccepted).SendString("retried")
		}
		return nil
	})
	app.Use(fiberotel.Middleware(r))
	app.Get("/fail", func(fiber.Ctx) error { return errors.New("boom") })
	serve(t, app).Do("GET", "/fail")
	fibertest.CheckRoute(t, r, "GET", "/fail", 202)
	if size := fibertest.Attr(r.Only(), "http.response.body.size"); size != int64(len("retried")) {
		t.Errorf("got size %v, want %d", size, len("retried"))
	}
}

func TestHooksSetNameAndAttributes(t *testing.T) {
	tests := []struct {
		name     string
		options  []fiberotel.Option
		spanName string
		user     any    // value of the span's attribute "user", or nil if there must be none
		reported string // text that the only reported error must contain, or "" if there must be no error
	}{
		{"none", nil, "GET /users/:id", nil, ""},
		{"name", []fiberotel.Option{fiberotel.WithSpanName(func(c fiber.Ctx) string { return "user " + c.Method() })}, "user GET", nil, ""},
		{"default name", []fiberotel.Option{fiberotel.WithSpanName(func(fiber.Ctx) string { return "" })}, "GET /users/:id", nil, ""},
		{
			"attributes", []fiberotel.Option{fiberotel.WithAttributes(func(c fiber.Ctx) []attribute.KeyValue {
				return []attribute.KeyValue{attribute.String("user", c.Params("id"))}
			})}, "GET /users/:id", "42", "",
		},
		{"name panics", []fiberotel.Option{fiberotel.WithSpanName(func(fiber.Ctx) string { panic("no name") })}, "GET /users/:id", nil, "no name"},
		{
			"attributes panic", []fiberotel.Option{fiberotel.WithAttributes(func(fiber.Ctx) []attribute.KeyValue { panic("no attributes") })},
			"GET /users/:id", nil, "no attributes",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fibertest.TakeReported()
			r := httpservertest.New(t, httpserver.Config{})
			app := newApp()
			app.Use(fiberotel.Middleware(r, test.options...))
			app.Get("/users/:id", respondOK)
			s := serve(t, app)
			for range 2 {
				if status, body := s.Do("GET", "/users/42"); status != 200 || body != "ok" {
					t.Errorf("got %d %q", status, body)
				}
			}
			for _, span := range r.Ended() {
				if span.Name() != test.spanName || fibertest.Attr(span, "user") != test.user {
					t.Errorf("got name %q and user %v, want %q and %v", span.Name(), fibertest.Attr(span, "user"), test.spanName, test.user)
				}
			}
			lines := fibertest.TakeReported()
			if test.reported == "" && len(lines) != 0 || test.reported != "" && (len(lines) != 1 || !strings.Contains(lines[0], test.reported)) {
				t.Errorf("got reports %q, want %q once", lines, test.reported)
			}
		})
	}
}

func TestNilSourcePanics(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message, "fiber3: the source of telemetry is nil") {
			t.Errorf("got panic %q", message)
		}
	}()
	fiberotel.Middleware(nil)
}

// TestStatusBelow100IsAnError proves that a status that no client can interpret is an error.
// Unlike net/http, fasthttp sends such a status.
func TestStatusBelow100IsAnError(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Get("/", func(c fiber.Ctx) error { return c.SendStatus(42) })
	conn, reader := serve(t, app).Dial()
	fibertest.Write(t, conn, "GET / HTTP/1.1", "Host: h", "Connection: close")
	if line, err := reader.ReadString(' '); err != nil || !strings.HasPrefix(line, "HTTP/1.1") {
		t.Fatalf("got %q: %v", line, err)
	}
	if status, err := reader.ReadString(' '); status != "42 " {
		t.Fatalf("got status %q on the wire: %v", status, err)
	}
	fibertest.CheckRoute(t, r, "GET", "/", 42)
	span := r.Only()
	if span.Status().Code != codes.Error || fibertest.Attr(span, "error.type") != "42" {
		t.Errorf("got span status %v with error.type %v, want an error 42", span.Status(), fibertest.Attr(span, "error.type"))
	}
}
