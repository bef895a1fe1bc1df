package contrib_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel/contrib"
	"github.com/samespan/samespan/internal/httpservertest"
)

// startService starts a service with the middleware. The service's handler responds with the
// traceparent header that an outgoing request of the handler would have.
func startService(t *testing.T, config httpserver.Config, opts ...otelgin.Option) (*httpservertest.Recorder, *httptest.Server) {
	t.Helper()
	recorder := httpservertest.New(t, config)
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(contrib.Middleware(recorder, opts...))
	r.GET("/*path", func(c *gin.Context) {
		c.String(http.StatusOK, recorder.Child(c.Request.Context()))
	})
	server := httptest.NewServer(r)
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
	if got := len(recorder.Collect("http.server.request.duration")); got != 1 {
		t.Errorf("got %d duration points, want 1", got)
	}
}

func TestExcludedRequestsRecordNothing(t *testing.T) {
	t.Setenv("OTEL_GO_GIN_EXCLUDED_URLS", "healthz,probe")
	recorder, server := startService(t, httpserver.Config{})
	for _, path := range []string{"/healthz", "/healthz/live", "/probe"} {
		httpservertest.Call(t, server.URL+path, false)
	}
	server.Close()
	if spans := recorder.Ended(); len(spans) != 0 {
		t.Errorf("got spans %q under excluded requests, want none", httpservertest.Names(spans))
	}
	if points := recorder.Collect("http.server.request.duration"); len(points) != 0 {
		t.Errorf("got duration points %v, want none", points)
	}
}

func TestOtelginOptionsApply(t *testing.T) {
	recorder, server := startService(t, httpserver.Config{Exclude: []string{"healthz"}},
		otelgin.WithFilter(func(r *http.Request) bool { return r.URL.Path != "/own" }))
	httpservertest.Get(t, server.URL+"/own")
	httpservertest.Call(t, server.URL+"/healthz", false)
	server.Close()
	if got := httpservertest.Names(recorder.Ended()); len(got) != 1 || got[0] != "child" {
		t.Errorf("got spans %q, want only the child span: otelgin filters /own", got)
	}
}

func TestNilSourcePanics(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message, "ginotel/contrib: the source of telemetry is nil") {
			t.Errorf("got panic %q, want one that names the source", message)
		}
	}()
	contrib.Middleware(nil)
}

func TestNilOptionPanics(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); message != "ginotel/contrib: option 2 is nil, want one of otelgin, such as WithFilter" {
			t.Errorf("got panic %q, want one that names the option", message)
		}
	}()
	startService(t, httpserver.Config{}, otelgin.WithFilter(), nil)
}
