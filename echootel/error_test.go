package echootel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// errBoom is the error that failing handlers return.
var errBoom = errors.New("boom")

// wantOutcome is the telemetry that a request must have recorded.
type wantOutcome struct {
	// status is the HTTP status, or 0 if the span must have none.
	status int
	// bodySize is the size of the response's body, or nil if it is not checked.
	bodySize any
	// errorType is the attribute error.type, or nil if the span must not have it.
	errorType any
}

// check checks that rec has recorded the wanted span and metrics of one GET request to
// route.
func (o wantOutcome) check(t *testing.T, rec *httpservertest.Recorder, route string) {
	t.Helper()
	rec.ExpectGet(route, o.status, o.bodySize, o.errorType)
}

func TestFailedRequestHasSentStatus(t *testing.T) {
	teapot := func(_ error, c echo.Context) {
		// This error handler writes even if the response is already committed.
		_ = c.String(http.StatusTeapot, "short and stout")
	}
	tests := []struct {
		name    string
		handler echo.HandlerFunc
		// errorHandler, if not nil, replaces Echo's error handler.
		errorHandler echo.HTTPErrorHandler
		// outside is registered before our middleware, and inside after it.
		outside, inside []echo.MiddlewareFunc
		want            wantOutcome
	}{
		{
			name:    "error",
			handler: func(echo.Context) error { return errBoom },
			want:    wantOutcome{500, int64(36), "500"},
		},
		{
			name:    "http error",
			handler: func(echo.Context) error { return echo.NewHTTPError(http.StatusServiceUnavailable, "later") },
			want:    wantOutcome{503, int64(20), "503"},
		},
		{
			name:    "client error",
			handler: func(echo.Context) error { return echo.ErrBadRequest },
			want:    wantOutcome{400, int64(26), nil},
		},
		{
			name:         "custom handler",
			handler:      func(echo.Context) error { return errBoom },
			errorHandler: teapot,
			want:         wantOutcome{418, int64(15), nil},
		},
		{
			name:    "custom handler writes past Response",
			handler: func(echo.Context) error { return errBoom },
			errorHandler: func(_ error, c echo.Context) {
				http.Error(c.Response().Writer, "gone", http.StatusGone)
			},
			want: wantOutcome{410, int64(5), nil},
		},
		{
			name:    "custom handler flushes",
			handler: func(echo.Context) error { return errBoom },
			errorHandler: func(_ error, c echo.Context) {
				c.Response().Flush()
				_, _ = c.Response().Writer.Write([]byte("flushed"))
			},
			want: wantOutcome{200, int64(7), nil},
		},
		{
			name:    "custom handler sends an early hint and a status",
			handler: func(echo.Context) error { return errBoom },
			errorHandler: func(_ error, c echo.Context) {
				c.Response().Writer.WriteHeader(http.StatusEarlyHints)
				c.Response().Writer.WriteHeader(http.StatusBadGateway)
			},
			want: wantOutcome{502, int64(0), "502"},
		},
		{
			name: "after a partial write",
			handler: func(c echo.Context) error {
				c.Response().WriteHeader(http.StatusAccepted)
				_, _ = c.Response().Write([]byte("part"))
				return errBoom
			},
			want: wantOutcome{202, int64(4), nil},
		},
		{
			name: "after a partial write, handler writes more",
			handler: func(c echo.Context) error {
				_, _ = c.Response().Write([]byte("part"))
				return errBoom
			},
			errorHandler: teapot,
			want:         wantOutcome{200, int64(19), nil},
		},
		{
			name: "WriteHeader twice",
			handler: func(c echo.Context) error {
				c.Response().WriteHeader(http.StatusNotFound)
				c.Response().WriteHeader(http.StatusInternalServerError)
				return nil
			},
			want: wantOutcome{404, int64(0), nil},
		},
		{
			name:    "implicit 200",
			handler: func(echo.Context) error { return nil },
			want:    wantOutcome{200, int64(0), nil},
		},
		{
			name: "c.Error",
			handler: func(c echo.Context) error {
				c.Error(echo.ErrBadGateway)
				return nil
			},
			want: wantOutcome{502, int64(26), "502"},
		},
		{
			name: "a Before hook changes the status",
			handler: func(c echo.Context) error {
				c.Response().Before(func() { c.Response().Status = http.StatusConflict })
				return errBoom
			},
			want: wantOutcome{409, int64(36), nil},
		},
		{
			name:    "middleware inside answers the error",
			handler: func(echo.Context) error { return errBoom },
			inside: []echo.MiddlewareFunc{func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					if err := next(c); err != nil {
						c.Error(err)
						return err
					}
					return nil
				}
			}},
			want: wantOutcome{500, int64(36), "500"},
		},
		{
			name:    "middleware outside swallows the error",
			handler: func(echo.Context) error { return errBoom },
			outside: []echo.MiddlewareFunc{func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					if next(c) != nil {
						return c.String(http.StatusAccepted, "later")
					}
					return nil
				}
			}},
			want: wantOutcome{202, int64(5), nil},
		},
		{
			name:    "middleware outside tries again",
			handler: failOnceHandler(),
			outside: []echo.MiddlewareFunc{func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					if next(c) != nil {
						return next(c)
					}
					return nil
				}
			}},
			want: wantOutcome{200, int64(2), nil},
		},
		{
			name:    "gzip outside removes our writer",
			handler: func(echo.Context) error { return errBoom },
			outside: []echo.MiddlewareFunc{middleware.Gzip()},
			want:    wantOutcome{500, int64(36), "500"},
		},
		{
			name:    "gzip inside",
			handler: func(echo.Context) error { return errBoom },
			inside:  []echo.MiddlewareFunc{middleware.Gzip()},
			want:    wantOutcome{500, int64(36), "500"},
		},
		{
			name: "gzip inside, status alone",
			handler: func(c echo.Context) error {
				return c.NoContent(http.StatusInternalServerError)
			},
			inside: []echo.MiddlewareFunc{middleware.Gzip()},
			want:   wantOutcome{500, int64(0), "500"},
		},
		{
			name:    "net/http middleware inside",
			handler: func(echo.Context) error { return errBoom },
			inside:  []echo.MiddlewareFunc{echo.WrapMiddleware(func(h http.Handler) http.Handler { return h })},
			want:    wantOutcome{500, int64(36), "500"},
		},
		{
			name:    "net/http middleware outside",
			handler: func(echo.Context) error { return errBoom },
			outside: []echo.MiddlewareFunc{echo.WrapMiddleware(func(h http.Handler) http.Handler { return h })},
			want:    wantOutcome{500, int64(36), "500"},
		},
		{
			name:    "context cancelled outside",
			handler: func(echo.Context) error { return errBoom },
			outside: []echo.MiddlewareFunc{func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					ctx, cancel := context.WithCancel(c.Request().Context())
					defer cancel()
					c.SetRequest(c.Request().WithContext(ctx))
					return next(c)
				}
			}},
			want: wantOutcome{500, nil, "500"},
		},
		{
			name: "deadline outside",
			handler: func(c echo.Context) error {
				<-c.Request().Context().Done()
				return c.Request().Context().Err()
			},
			outside: []echo.MiddlewareFunc{middleware.ContextTimeout(time.Millisecond)},
			want:    wantOutcome{503, nil, "503"},
		},
		{
			name:    "handler returns the router's not-found error",
			handler: func(c echo.Context) error { return echo.NotFoundHandler(c) },
			want:    wantOutcome{404, int64(24), nil},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			e := echo.New()
			e.Logger.SetOutput(io.Discard)
			if test.errorHandler != nil {
				e.HTTPErrorHandler = test.errorHandler
			}
			calls := 0
			errorHandler := e.HTTPErrorHandler
			e.HTTPErrorHandler = func(err error, c echo.Context) {
				calls++
				errorHandler(err, c)
			}
			var outermostError, outerError, innerError error
			e.Use(observeError(func(err error) { outermostError = err }))
			e.Use(test.outside...)
			e.Use(observeError(func(err error) { outerError = err }), Middleware(rec), observeError(func(err error) { innerError = err }))
			e.Use(test.inside...)
			e.GET("/fail/:code", test.handler)
			got := get(t, httpservertest.Start(t, e)+"/fail/1")
			if got.StatusCode != test.want.status {
				t.Errorf("status on the wire: got %d, want %d", got.StatusCode, test.want.status)
			}
			test.want.check(t, rec, "/fail/:code")
			if outerError != innerError { //nolint:errorlint // the same error value is wanted, not a wrapper
				t.Errorf("error outside: got %v, want the handler's %v", outerError, innerError)
			}
			if bare := runWithoutMiddleware(t, test.errorHandler, test.outside, test.inside, test.handler); calls != bare.errorHandlerCalls || fmt.Sprint(outermostError) != fmt.Sprint(bare.err) || got.Text != bare.body {
				t.Errorf("error handler called %d times, error outside %v, body %q; without the middleware %d, %v and %q",
					calls, outermostError, got.Text, bare.errorHandlerCalls, bare.err, bare.body)
			}
		})
	}
}

// bareResult is the result of a request to an application without our middleware.
type bareResult struct {
	// errorHandlerCalls is how often Echo called the error handler.
	errorHandlerCalls int
	// err is the error that the outermost middleware receives.
	err error
	// body is the body of the response.
	body string
}

// runWithoutMiddleware sends a request to an application that has the given handlers and
// middlewares, but not our middleware. If errorHandler is nil, the application uses Echo's
// error handler.
func runWithoutMiddleware(t *testing.T, errorHandler echo.HTTPErrorHandler, outside, inside []echo.MiddlewareFunc, handler echo.HandlerFunc) (b bareResult) {
	t.Helper()
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	if errorHandler == nil {
		errorHandler = e.HTTPErrorHandler
	}
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		b.errorHandlerCalls++
		errorHandler(err, c)
	}
	e.Use(observeError(func(err error) { b.err = err }))
	e.Use(slices.Concat(outside, inside)...)
	e.GET("/fail/:code", handler)
	b.body = get(t, httpservertest.Start(t, e)+"/fail/1").Text
	return b
}

// observeError returns a middleware that passes the error of the next handler to report.
func observeError(report func(error)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := next(c)
			report(err)
			return err
		}
	}
}

// failOnceHandler returns a handler that fails at the first call and responds at the second.
func failOnceHandler() echo.HandlerFunc {
	failed := false
	return func(c echo.Context) error {
		if failed = !failed; failed {
			return errBoom
		}
		return c.String(http.StatusOK, "ok")
	}
}
