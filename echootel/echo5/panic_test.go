package echootel

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// nonErrorValue is the type of a panic value that does not implement error.
type nonErrorValue struct{ text string }

// panicWith returns a handler that panics with value.
func panicWith(value any) echo.HandlerFunc {
	return func(*echo.Context) error { panic(value) }
}

func TestPanicIsRecorded(t *testing.T) {
	panicValue := &nonErrorValue{"value"}
	tests := []struct {
		name      string
		value     any
		errorType string
		message   string
	}{
		{"error", errBoom, "*errors.errorString", "boom"},
		{"string", "ouch", "string", "ouch"},
		{"not an error", panicValue, "*echootel.nonErrorValue", "&{value}"},
		{"http error", echo.NewHTTPError(http.StatusNotFound, "none"), "*echo.HTTPError", "code=404, message=none"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			e := echo.New()
			e.Logger = slog.New(slog.DiscardHandler)
			var outerPanic any
			e.HTTPErrorHandler = func(c *echo.Context, _ error) { _ = c.String(http.StatusServiceUnavailable, "later") }
			e.Use(middleware.Recover(), func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c *echo.Context) error {
					defer func() {
						outerPanic = recover()
						panic(outerPanic)
					}()
					return next(c)
				}
			}, Middleware(rec))
			e.GET("/panic/:id", panicWith(test.value))
			if got := get(t, httpservertest.Start(t, e)+"/panic/1").StatusCode; got != http.StatusServiceUnavailable {
				t.Errorf("status on the wire: got %d, want 503", got)
			}
			if outerPanic != test.value {
				t.Errorf("panic outside: got %v, want %v itself", outerPanic, test.value)
			}
			wantOutcome{503, int64(5), test.errorType}.check(t, rec, "/panic/:id")
			events := rec.Only().Events()
			if len(events) != 1 || events[0].Name != "exception" {
				t.Fatalf("got events %v, want one exception", events)
			}
			attributes := make(map[string]string)
			for _, kv := range events[0].Attributes {
				attributes[string(kv.Key)] = kv.Value.AsString()
			}
			if attributes["exception.type"] != test.errorType || attributes["exception.message"] != test.message ||
				!strings.Contains(attributes["exception.stacktrace"], ".panicWith.") {
				t.Errorf("exception: got %v, want type %s, message %s and a stack that shows the handler", attributes, test.errorType, test.message)
			}
		})
	}
}

// TestPanicInsideEchosRecoverIsRecorded proves that a panic is recorded if Echo's own
// Recover runs outside our middleware. If Recover runs inside, only its response with 500
// is recorded.
func TestPanicInsideEchosRecoverIsRecorded(t *testing.T) {
	for _, recoverInside := range []bool{false, true} {
		rec := httpservertest.New(t, httpserver.Config{})
		e := echo.New()
		e.Logger = slog.New(slog.DiscardHandler)
		want := wantOutcome{500, int64(36), "500"}
		if recoverInside {
			e.Use(Middleware(rec), middleware.Recover())
		} else {
			e.Use(middleware.Recover(), Middleware(rec))
			want = wantOutcome{500, int64(36), "*errors.errorString"}
		}
		e.GET("/panic", panicWith(errBoom))
		if got := get(t, httpservertest.Start(t, e)+"/panic").StatusCode; got != http.StatusInternalServerError {
			t.Errorf("status on the wire: got %d, want 500", got)
		}
		want.check(t, rec, "/panic")
	}
}

// TestPanicReturnedAsErrorHasSentStatus proves that the span has the status of the error
// handler's response if an inner Recover returns the panic as an error.
func TestPanicReturnedAsErrorHasSentStatus(t *testing.T) {
	e, rec := newApp(t)
	e.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true}))
	e.HTTPErrorHandler = func(c *echo.Context, _ error) { _ = c.NoContent(http.StatusServiceUnavailable) }
	e.GET("/panic", panicWith(errBoom))
	get(t, httpservertest.Start(t, e)+"/panic")
	wantOutcome{503, int64(0), "503"}.check(t, rec, "/panic")
}

func TestPanicAfterWriteKeepsSentStatus(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.Logger = slog.New(slog.DiscardHandler)
	e.Use(middleware.Recover(), Middleware(rec))
	e.GET("/panic", func(c *echo.Context) error {
		_ = c.String(http.StatusAccepted, "part")
		panic(errBoom)
	})
	get(t, httpservertest.Start(t, e)+"/panic")
	wantOutcome{202, int64(4), "*errors.errorString"}.check(t, rec, "/panic")
}

// TestErrAbortHandlerReachesServer proves that http.ErrAbortHandler reaches the server,
// which does not respond and logs nothing. The span must be an error without an exception
// event.
func TestErrAbortHandlerReachesServer(t *testing.T) {
	for _, recovery := range []bool{false, true} {
		rec := httpservertest.New(t, httpserver.Config{})
		e := echo.New()
		if recovery {
			e.Use(middleware.Recover())
		}
		e.Use(Middleware(rec))
		e.GET("/abort", panicWith(http.ErrAbortHandler))
		var serverLog strings.Builder
		server := httptest.NewUnstartedServer(e)
		server.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(&serverLog, nil), slog.LevelError)
		server.Start()
		if _, err := httpservertest.Try(t.Context(), http.MethodGet, server.URL+"/abort", nil); err == nil {
			t.Error("got an answer, want none")
		}
		span := rec.Only()
		httpservertest.Expect(t, span, map[string]any{"http.route": "/abort", "error.type": "http.ErrAbortHandler"})
		if span.Status().Code != codes.Error || len(span.Events()) != 0 {
			t.Errorf("got status %v and events %v, want Error and none", span.Status(), span.Events())
		}
		rec.ExpectOnePoint(0)
		server.Close()
		if serverLog.Len() > 0 {
			t.Errorf("error log: got %s, want nothing", &serverLog)
		}
	}
}

func TestPanickingSpanNameIsIgnored(t *testing.T) {
	for _, fails := range []bool{false, true} {
		e, rec := newApp(t, WithSpanName(func(*echo.Context) string { panic("name") }))
		e.GET("/hooked", func(*echo.Context) error {
			if fails {
				return errors.New("boom")
			}
			return nil
		})
		want := wantOutcome{status: 200}
		if fails {
			want = wantOutcome{status: 500, errorType: "500"}
		}
		if got := get(t, httpservertest.Start(t, e)+"/hooked").StatusCode; got != want.status {
			t.Errorf("status: got %d, want %d", got, want.status)
		}
		want.check(t, rec, "/hooked")
	}
}

func TestAbortedResponseIsError(t *testing.T) {
	httpservertest.CheckUnanswered(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		e := echo.New()
		e.Use(middleware.Recover(), Middleware(rec))
		e.GET("/", echo.WrapHandler(handler))
		return e
	})
}
