package contrib_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/httpservertest"
	"github.com/samespan/samespan/ginotel/contrib"
)

const (
	callerTrace = "0af7651916cd43dd8448eb211c80319c"
	caller      = "00-" + callerTrace + "-b7ad6b7169203331-01"
)

// serve answers with what a call under the handler would carry.
func serve(t *testing.T, config httpserver.Config, opts ...otelgin.Option) (*httpservertest.Recorder, *httptest.Server) {
	t.Helper()
	recorder := httpservertest.New(t, config)
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(contrib.Middleware(recorder, opts...))
	r.GET("/*path", func(c *gin.Context) {
		ctx, child := recorder.Tracer().Start(c.Request.Context(), "child")
		defer child.End()
		carried := propagation.MapCarrier{}
		recorder.Propagator().Inject(ctx, carried)
		c.String(http.StatusOK, carried["traceparent"])
	})
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return recorder, server
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Traceparent", caller)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("got %d, %v", response.StatusCode, err)
	}
	return string(body)
}

func TestObserved(t *testing.T) {
	recorder, server := serve(t, httpserver.Config{Exclude: []string{"healthz"}})
	if carried := get(t, server.URL+"/process/1"); !strings.HasPrefix(carried, "00-"+callerTrace) || !strings.HasSuffix(carried, "-01") {
		t.Errorf("got a call that carries %q, want the caller's trace, sampled", carried)
	}
	server.Close()
	spans := recorder.Ended()
	if len(spans) != 2 || spans[1].SpanKind() != trace.SpanKindServer || spans[0].Parent().SpanID() != spans[1].SpanContext().SpanID() {
		t.Errorf("got spans %q, want a server span over its child", httpservertest.Names(spans))
	}
	if got := len(recorder.Collect("http.server.request.duration")); got != 1 {
		t.Errorf("got %d duration points, want 1", got)
	}
}

func TestExcluded(t *testing.T) {
	t.Setenv("OTEL_GO_GIN_EXCLUDED_URLS", "healthz,probe")
	recorder, server := serve(t, httpserver.Config{})
	for _, path := range []string{"/healthz", "/healthz/live", "/probe"} {
		if carried := get(t, server.URL+path); !strings.HasPrefix(carried, "00-"+callerTrace) || !strings.HasSuffix(carried, "-00") {
			t.Errorf("%s: got a call that carries %q, want the caller's trace, unsampled", path, carried)
		}
	}
	server.Close()
	if spans := recorder.Ended(); len(spans) != 0 {
		t.Errorf("got spans %q under excluded requests, want none", httpservertest.Names(spans))
	}
	if points := recorder.Collect("http.server.request.duration"); len(points) != 0 {
		t.Errorf("got duration points %v, want none", points)
	}
}

func TestOptionsOnTop(t *testing.T) {
	recorder, server := serve(t, httpserver.Config{Exclude: []string{"healthz"}},
		otelgin.WithFilter(func(r *http.Request) bool { return r.URL.Path != "/own" }))
	get(t, server.URL+"/own")
	get(t, server.URL+"/healthz")
	server.Close()
	if got := httpservertest.Names(recorder.Ended()); len(got) != 1 || got[0] != "child" {
		t.Errorf("got spans %q, want otelgin's own filter to leave the child alone", got)
	}
}

func TestNilSource(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message, "ginotel/contrib: the source of telemetry is nil") {
			t.Errorf("got panic %q, want one that names the source", message)
		}
	}()
	contrib.Middleware(nil)
}
