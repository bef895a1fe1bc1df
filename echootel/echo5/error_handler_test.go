package echootel

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/labstack/echo/v5"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestStatusIsUnknownWithoutResponse proves that the span has no status if the error handler
// writes nothing. net/http then responds with 200, but the middleware cannot distinguish
// this case from an error handler that panics.
func TestStatusIsUnknownWithoutResponse(t *testing.T) {
	e, rec := newApp(t)
	e.HTTPErrorHandler = func(*echo.Context, error) {}
	e.GET("/", func(*echo.Context) error { return errBoom })
	if got := get(t, httpservertest.Start(t, e)).StatusCode; got != http.StatusOK {
		t.Fatalf("status: got %d, want 200", got)
	}
	checkUnobservedFailure(t, rec)
	if duration := rec.Only().EndTime().Sub(rec.Only().StartTime()); duration > time.Second/2 {
		t.Errorf("duration: got %v, want that of the request", duration)
	}
}

// TestPanickingErrorHandlerGivesNoStatus proves that the span has no status if the error
// handler panics, in which case the server does not respond.
func TestPanickingErrorHandlerGivesNoStatus(t *testing.T) {
	e, rec := newApp(t)
	e.HTTPErrorHandler = func(*echo.Context, error) { panic("template") }
	e.GET("/", func(*echo.Context) error { return errBoom })
	server := httptest.NewUnstartedServer(e)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Start()
	defer server.Close()
	if _, err := httpservertest.Try(t.Context(), http.MethodGet, server.URL, nil); err == nil {
		t.Fatal("got an answer, want none")
	}
	checkUnobservedFailure(t, rec)
}

// checkUnobservedFailure checks that the span has error.type but no status. The handler has
// returned errBoom, and the middleware could not observe the response.
func checkUnobservedFailure(t *testing.T, rec *httpservertest.Recorder) {
	t.Helper()
	span := rec.Only()
	httpservertest.Expect(t, span, map[string]any{
		"http.route": "/", "error.type": "*errors.errorString", "http.response.status_code": nil,
	})
	if span.Status().Code != codes.Error {
		t.Errorf("span status: got %v, want Error", span.Status())
	}
	rec.ExpectOnePoint(0)
}

// TestErrorHandlerFindsSpan proves that the error handler finds the span in the request's
// context.
func TestErrorHandlerFindsSpan(t *testing.T) {
	e, rec := newApp(t)
	e.HTTPErrorHandler = func(c *echo.Context, _ error) {
		_ = c.String(http.StatusBadGateway, trace.SpanContextFromContext(c.Request().Context()).TraceID().String())
	}
	e.GET("/", func(*echo.Context) error { return errBoom })
	got := get(t, httpservertest.Start(t, e))
	if want := rec.Only().SpanContext().TraceID().String(); got.Text != want {
		t.Errorf("trace id: got %q, want %q", got.Text, want)
	}
}

// TestErrorHandlerHeadersAreCaptured proves that headers which the error handler sets are
// captured if they were sent.
func TestErrorHandlerHeadersAreCaptured(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{CapturedResponseHeaders: []string{"X-Reason"}})
	e := echo.New()
	e.Use(Middleware(rec))
	e.HTTPErrorHandler = func(c *echo.Context, _ error) {
		c.Response().Header().Set("X-Reason", "tired")
		_ = c.NoContent(http.StatusBadGateway)
		c.Response().Header().Set("X-Reason", "too late")
	}
	e.GET("/", func(*echo.Context) error { return errBoom })
	get(t, httpservertest.Start(t, e))
	got, _ := httpservertest.Attribute(rec.Only(), "http.response.header.x-reason").([]string)
	if !slices.Equal(got, []string{"tired"}) {
		t.Errorf("x-reason: got %q, want tired", got)
	}
}
