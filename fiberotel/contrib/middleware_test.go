package contrib_test

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/contrib/otelfiber/v2"
	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/suppress"
	"github.com/samespan/samespan/fiberotel/contrib"
	"github.com/samespan/samespan/internal/httpservertest"
)

// service is an app that is served on a socket.
type service struct {
	// url is the scheme and the address, without a path.
	url string
	// close stops the app. It can be called several times.
	close func()
}

// startService starts a service with the middleware. The service's handler responds with the
// traceparent header of an outgoing request.
func startService(t *testing.T, config httpserver.Config, opts ...otelfiber.Option) (*httpservertest.Recorder, *service) {
	t.Helper()
	recorder := httpservertest.New(t, config)
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(contrib.Middleware(recorder, opts...))
	app.Get("/*", func(c *fiber.Ctx) error {
		if suppress.Active(c.UserContext()) {
			// A span that is started with fasthttp's own context must not be recorded.
			_, other := recorder.Tracer().Start(c.Context(), "other child")
			other.End()
		}
		return c.SendString(recorder.Child(c.UserContext()))
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

func TestServerSpanIsParentOfHandlerSpan(t *testing.T) {
	recorder, server := startService(t, httpserver.Config{Exclude: []string{"healthz"}})
	httpservertest.Call(t, server.url+"/process/1", true)
	server.close()
	spans := recorder.Ended()
	if len(spans) != 2 || spans[1].SpanKind() != trace.SpanKindServer || spans[0].Parent().SpanID() != spans[1].SpanContext().SpanID() {
		t.Errorf("got spans %q, want a server span over its child", httpservertest.Names(spans))
	}
	if got := len(recorder.Collect("http.server.duration")); got != 1 {
		t.Errorf("got %d duration points, want 1", got)
	}
}

func TestExcludedRequestsRecordNothing(t *testing.T) {
	t.Setenv("OTEL_GO_FIBER_EXCLUDED_URLS", "healthz,probe")
	recorder, server := startService(t, httpserver.Config{})
	for _, path := range []string{"/healthz", "/healthz/live", "/probe"} {
		httpservertest.Call(t, server.url+path, false)
	}
	server.close()
	if spans := recorder.Ended(); len(spans) != 0 {
		t.Errorf("got spans %q under excluded requests, want none", httpservertest.Names(spans))
	}
	if points := recorder.Collect("http.server.duration"); len(points) != 0 {
		t.Errorf("got duration points %v, want none", points)
	}
}

// TestUpstreamOptionsApply proves that the options of otelfiber apply: if WithNext skips a
// request, otelfiber records no span for it.
func TestUpstreamOptionsApply(t *testing.T) {
	recorder, server := startService(t, httpserver.Config{Exclude: []string{"healthz"}},
		otelfiber.WithNext(func(c *fiber.Ctx) bool { return c.Path() == "/own" }))
	httpservertest.Get(t, server.url+"/own")
	httpservertest.Call(t, server.url+"/healthz", false)
	server.close()
	if got := httpservertest.Names(recorder.Ended()); len(got) != 1 || got[0] != "child" {
		t.Errorf("got spans %q, want no span of a request that WithNext skips, except its child span", got)
	}
}

func TestNilSourcePanics(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message, "fiberotel/contrib: the source of telemetry is nil") {
			t.Errorf("got panic %q, want one that names the source", message)
		}
	}()
	contrib.Middleware(nil)
}

func TestNilOptionPanics(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); message != "fiberotel/contrib: option 2 is nil, want one of otelfiber, such as WithNext" {
			t.Errorf("got panic %q, want one that names the option", message)
		}
	}()
	startService(t, httpserver.Config{}, otelfiber.WithNext(nil), nil)
}
