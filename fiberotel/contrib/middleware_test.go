package contrib_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/contrib/otelfiber/v2"
	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/httpservertest"
	"github.com/samespan/samespan/fiberotel/contrib"
)

const (
	callerTrace = "0af7651916cd43dd8448eb211c80319c"
	caller      = "00-" + callerTrace + "-b7ad6b7169203331-01"
)

// service is an app behind a real socket.
type service struct {
	url   string
	close func()
}

// serve answers with what a call under the handler would carry.
func serve(t *testing.T, config httpserver.Config, opts ...otelfiber.Option) (*httpservertest.Recorder, *service) {
	t.Helper()
	recorder := httpservertest.New(t, config)
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(contrib.Middleware(recorder, opts...))
	app.Get("/*", func(c *fiber.Ctx) error {
		ctx, child := recorder.Tracer().Start(c.UserContext(), "child")
		defer child.End()
		if httpserver.Suppressed(ctx) {
			// fasthttp's own context is suppressed as well.
			_, other := recorder.Tracer().Start(c.Context(), "other child")
			other.End()
		}
		carried := propagation.MapCarrier{}
		recorder.Propagator().Inject(ctx, carried)
		return c.SendString(carried["traceparent"])
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener) }()
	s := &service{url: "http://" + listener.Addr().String()}
	s.close = sync.OnceFunc(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := app.Shutdown(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.close)
	return recorder, s
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
	if carried := get(t, server.url+"/process/1"); !strings.HasPrefix(carried, "00-"+callerTrace) || !strings.HasSuffix(carried, "-01") {
		t.Errorf("got a call that carries %q, want the caller's trace, sampled", carried)
	}
	server.close()
	spans := recorder.Ended()
	if len(spans) != 2 || spans[1].SpanKind() != trace.SpanKindServer || spans[0].Parent().SpanID() != spans[1].SpanContext().SpanID() {
		t.Errorf("got spans %q, want a server span over its child", httpservertest.Names(spans))
	}
	if got := len(recorder.Collect("http.server.duration")); got != 1 {
		t.Errorf("got %d duration points, want 1", got)
	}
}

func TestExcluded(t *testing.T) {
	t.Setenv("OTEL_GO_FIBER_EXCLUDED_URLS", "healthz,probe")
	recorder, server := serve(t, httpserver.Config{})
	for _, path := range []string{"/healthz", "/healthz/live", "/probe"} {
		if carried := get(t, server.url+path); !strings.HasPrefix(carried, "00-"+callerTrace) || !strings.HasSuffix(carried, "-00") {
			t.Errorf("%s: got a call that carries %q, want the caller's trace, unsampled", path, carried)
		}
	}
	server.close()
	if spans := recorder.Ended(); len(spans) != 0 {
		t.Errorf("got spans %q under excluded requests, want none", httpservertest.Names(spans))
	}
	if points := recorder.Collect("http.server.duration"); len(points) != 0 {
		t.Errorf("got duration points %v, want none", points)
	}
}

func TestOptionsOnTop(t *testing.T) {
	recorder, server := serve(t, httpserver.Config{Exclude: []string{"healthz"}},
		otelfiber.WithNext(func(c *fiber.Ctx) bool { return c.Path() == "/own" }))
	get(t, server.url+"/own")
	get(t, server.url+"/healthz")
	server.close()
	if got := httpservertest.Names(recorder.Ended()); len(got) != 1 || got[0] != "child" {
		t.Errorf("got spans %q, want otelfiber's own filter to leave the child alone", got)
	}
}

func TestNilSource(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message, "fiberotel/contrib: the source of telemetry is nil") {
			t.Errorf("got panic %q, want one that names the source", message)
		}
	}()
	contrib.Middleware(nil)
}
