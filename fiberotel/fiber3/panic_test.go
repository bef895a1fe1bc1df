package fiberotel_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"

	"github.com/gofiber/fiber/v3"
	fiberrecover "github.com/gofiber/fiber/v3/middleware/recover"
	"go.opentelemetry.io/otel/codes"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// customError is an error of a type that Fiber does not know.
type customError struct{}

func (customError) Error() string { return "a custom error" }

// panicHandler returns a handler that panics with value.
func panicHandler(value any) fiber.Handler {
	return func(fiber.Ctx) error { panic(value) }
}

// TestPanicRecoveredByOuterMiddleware proves that an outer middleware receives the value of
// a panic, and that the span has the status of that middleware's response.
func TestPanicRecoveredByOuterMiddleware(t *testing.T) {
	tests := []struct {
		name      string
		value     any
		onError   fiber.ErrorHandler
		status    int
		errorType string
		events    int // number of exception events
	}{
		{"string", "boom", nil, 500, "string", 1},
		{"error", customError{}, nil, 500, "fiberotel_test.customError", 1},
		{"error that Fiber maps", fiber.ErrNotFound, nil, 404, "*fiber.Error", 1},
		{
			"custom error handler", "boom",
			func(c fiber.Ctx, _ error) error { return c.SendStatus(fiber.StatusServiceUnavailable) }, 503, "string", 1,
		},
		{"abort", http.ErrAbortHandler, nil, 500, "http.ErrAbortHandler", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			var outerPanic atomic.Value
			app := newApp(fiber.Config{ErrorHandler: test.onError})
			app.Use(fiberrecover.New())
			app.Use(func(c fiber.Ctx) error {
				defer func() {
					value := recover()
					outerPanic.Store(value)
					panic(value)
				}()
				return c.Next()
			})
			app.Use(fiberotel.Middleware(r))
			app.Get("/panic/:id", panicHandler(test.value))
			if status, _ := serve(t, app).Do("GET", "/panic/1"); status != test.status {
				t.Fatalf("got status %d, want %d", status, test.status)
			}
			fibertest.CheckRoute(t, r, "GET", "/panic/:id", test.status)
			if outerPanic.Load() != test.value {
				t.Errorf("got %v outside, want %v", outerPanic.Load(), test.value)
			}
			fibertest.CheckPanic(t, r.Only(), test.errorType, test.events, "panicHandler")
			if got := r.Points(fibertest.Duration)[0].Attributes["error.type"]; got != test.errorType {
				t.Errorf("got error.type %v on the metric, want %s", got, test.errorType)
			}
		})
	}
}

// TestPanicRecoveredByInnerMiddleware proves that the span has the status and error.type of
// a 500 response if an inner middleware recovers a panic. Our middleware cannot observe such
// a panic.
func TestPanicRecoveredByInnerMiddleware(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Use(fiberrecover.New())
	app.Get("/panic/:id", panicHandler("boom"))
	serve(t, app).Do("GET", "/panic/1")
	fibertest.CheckRoute(t, r, "GET", "/panic/:id", 500)
	if span := r.Only(); span.Status().Code != codes.Error || fibertest.Attr(span, "error.type") != "500" {
		t.Errorf("got status %v, error.type %v", span.Status(), fibertest.Attr(span, "error.type"))
	}
}

// TestPanicIsRecordedOnce proves that a panic is recorded once even if our middleware is
// registered twice.
func TestPanicIsRecordedOnce(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Use(fiberrecover.New(), fiberotel.Middleware(r), fiberotel.Middleware(r))
	app.Get("/panic/:id", panicHandler("boom"))
	serve(t, app).Do("GET", "/panic/1")
	fibertest.CheckRoute(t, r, "GET", "/panic/:id", 500)
	fibertest.CheckPanic(t, r.Only(), "string", 1, "panicHandler")
}

// appsWithoutRecovery are apps to which a test adds our middleware. None of them has an
// outer middleware that stops a panic.
var appsWithoutRecovery = []struct {
	name   string
	create func() *fiber.App
}{
	{"no outer middleware", func() *fiber.App { return newApp() }},
	{"outer middleware", func() *fiber.App { return appWithMiddleware(func(c fiber.Ctx) error { return c.Next() }) }},
	{"outer middleware with a deferred function", func() *fiber.App {
		return appWithMiddleware(func(c fiber.Ctx) error {
			defer c.Locals("key", "value")
			return c.Next()
		})
	}},
	{"outer middleware that panics again", func() *fiber.App {
		return appWithMiddleware(func(c fiber.Ctx) error {
			defer func() { panic(recover()) }()
			return c.Next()
		})
	}},
	{"context of the application's own", func() *fiber.App { return fiber.NewWithCustomCtx(newCustomCtx) }},
}

// appWithMiddleware returns an app whose only middleware is the given one.
func appWithMiddleware(middleware fiber.Handler) *fiber.App {
	app := newApp()
	app.Use(middleware)
	return app
}

// TestUnrecoveredPanicEndsSpan proves that the span ends, with error.type and without a
// status, if no code recovers a panic. Such a panic ends the process, so the test runs each
// app in a child process.
func TestUnrecoveredPanicEndsSpan(t *testing.T) {
	const appVariable = "FIBEROTEL_TEST_UNRECOVERED"
	for _, test := range appsWithoutRecovery {
		if os.Getenv(appVariable) == test.name {
			servePanic(t, test.create())
			return
		}
	}
	for _, test := range appsWithoutRecovery {
		t.Run(test.name, func(t *testing.T) {
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestUnrecoveredPanicEndsSpan$")
			child.Env = append(os.Environ(), appVariable+"="+test.name)
			output, err := child.CombinedOutput()
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
				t.Fatalf("got %v, want the process to fail", err)
			}
			for _, want := range []string{"ended: GET /panic/:id error.type=string http.response.status_code=<nil>", "panic: boom"} {
				if !bytes.Contains(output, []byte(want)) {
					t.Errorf("got output %s\nwant %q in it", output, want)
				}
			}
			if got := bytes.Count(output, []byte("ended: ")); got != 1 {
				t.Errorf("got %d spans, want 1", got)
			}
		})
	}
}

// servePanic sends app a request whose handler panics, and prints each span that ends.
func servePanic(t *testing.T, app *fiber.App) {
	t.Helper()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(printProcessor{tracetest.NewSpanRecorder()}))
	engine, err := httpserver.New(httpserver.Config{TracerProvider: tracers, MeterProvider: metricnoop.NewMeterProvider()})
	if err != nil {
		t.Fatal(err)
	}
	app.Use(fiberotel.Middleware(engine))
	app.Get("/panic/:id", panicHandler("boom"))
	serve(t, app).Do("GET", "/panic/1")
}

// printProcessor prints each span that ends.
type printProcessor struct{ sdktrace.SpanProcessor }

func (printProcessor) OnEnd(span sdktrace.ReadOnlySpan) {
	fmt.Printf("ended: %s error.type=%v http.response.status_code=%v\n",
		span.Name(), fibertest.Attr(span, "error.type"), fibertest.Attr(span, "http.response.status_code"))
}
