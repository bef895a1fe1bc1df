package contrib_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/echootel/contrib"
	"github.com/samespan/samespan/internal/httpservertest"
)

// startService starts a service with the middleware. The service's handler responds with the
// traceparent header that an outgoing request of the handler would have.
func startService(t *testing.T, config httpserver.Config, opts ...otelecho.Option) (*httpservertest.Recorder, *httptest.Server) {
	t.Helper()
	recorder := httpservertest.New(t, config)
	e := echo.New()
	e.Use(contrib.Middleware(recorder, opts...))
	e.GET("/*", func(c echo.Context) error {
		return c.String(http.StatusOK, recorder.Child(c.Request().Context()))
	})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return recorder, server
}

func TestServerSpanIsParentOfHandlerSpan(t *testing.T) {
	recorder, server := startService(t, httpserver.Config{Exclude: []string{"healthz"}})
	httpservertest.Call(t, server.URL+"/process/1", true)
	server.Close()
	spans := recorder.Ended()
	if len(spans) != 2 || spans[1].SpanKind() != trace.SpanKindServer || spans[0].Parent().SpanID() != spans[1].SpanContext().SpanID() {
		t.Errorf("got spans %q, want a server span over its child", httpservertest.Names(spans))
	}
}

func TestExcludedRequestsRecordNothing(t *testing.T) {
	t.Setenv("OTEL_GO_ECHO_EXCLUDED_URLS", "healthz,probe")
	recorder, server := startService(t, httpserver.Config{})
	for _, path := range []string{"/healthz", "/healthz/live", "/probe"} {
		httpservertest.Call(t, server.URL+path, false)
	}
	server.Close()
	if spans := recorder.Ended(); len(spans) != 0 {
		t.Errorf("got spans %q under excluded requests, want none", httpservertest.Names(spans))
	}
}

func TestOtelechoOptionsApply(t *testing.T) {
	recorder, server := startService(t, httpserver.Config{Exclude: []string{"healthz"}},
		otelecho.WithSkipper(func(c echo.Context) bool { return c.Request().URL.Path == "/own" }))
	httpservertest.Get(t, server.URL+"/own")
	httpservertest.Call(t, server.URL+"/healthz", false)
	server.Close()
	if got := httpservertest.Names(recorder.Ended()); len(got) != 1 || got[0] != "child" {
		t.Errorf("got spans %q, want only the child span: otelecho filters /own", got)
	}
}

func TestNilSourcePanics(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message, "echootel/contrib: the source of telemetry is nil") {
			t.Errorf("got panic %q, want one that names the source", message)
		}
	}()
	contrib.Middleware(nil)
}

func TestNilOptionPanics(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); message != "echootel/contrib: option 2 is nil, want one of otelecho, such as WithSkipper" {
			t.Errorf("got panic %q, want one that names the option", message)
		}
	}()
	startService(t, httpserver.Config{}, otelecho.WithSkipper(nil), nil)
}
