package nethttpotel_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// exitGoroutine ends a goroutine without a panic.
func exitGoroutine() { runtime.Goexit() }

func newRequest(path string) *http.Request {
	return httptest.NewRequest(http.MethodGet, path, http.NoBody)
}

// discardWriter is a writer that discards the response. It implements no optional
// interfaces.
type discardWriter struct{}

func (discardWriter) Header() http.Header         { return http.Header{} }
func (discardWriter) Write(p []byte) (int, error) { return len(p), nil }
func (discardWriter) WriteHeader(int)             {}

// allHooks returns an option for each function that determines a route, a span name or
// attributes. Each function calls do with the name of its hook.
func allHooks(do func(hook string)) []nethttpotel.Option {
	return []nethttpotel.Option{
		nethttpotel.WithRoute(func(*http.Request) string { do("route"); return "" }),
		nethttpotel.WithSpanName(func(*http.Request) string { do("span name"); return "" }),
		nethttpotel.WithAttributes(func(*http.Request) []attribute.KeyValue { do("attributes"); return nil }),
		nethttpotel.WithMetricAttributes(func(*http.Request) []attribute.KeyValue { do("metric attributes"); return nil }),
		nethttpotel.WithStartAttributes(func(*http.Request) []attribute.KeyValue { do("start attributes"); return nil }),
	}
}

func TestNilSourcePanics(t *testing.T) {
	var nilEngine *httpserver.Engine
	for name, src := range map[string]httpserver.Source{"nil": nil, "nil engine": nilEngine} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				message, _ := recover().(string)
				if !strings.Contains(message, "nethttpotel") || !strings.Contains(message, "core.Setup") {
					t.Errorf("got panic %q, want it to name the adapter and what to pass", message)
				}
			}()
			nethttpotel.Middleware(src)
			t.Error("got no panic")
		})
	}
}

func TestOptionsSetNameAndAttributes(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /process/{id}", respondWith(http.StatusOK, ""))
	s := serve(t, httpserver.Config{}, mux,
		nethttpotel.WithSpanName(func(r *http.Request) string { return "process " + r.Pattern }),
		nethttpotel.WithAttributes(func(r *http.Request) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("item.id", r.PathValue("id"))}
		}),
		nethttpotel.WithRoute(func(r *http.Request) string { return "/mounted" + strings.TrimPrefix(r.Pattern, "GET ") }),
	)
	s.get(t, "/process/42")
	span := s.Only()
	if span.Name() != "process GET /process/{id}" {
		t.Errorf("got name %q", span.Name())
	}
	if got := httpservertest.Attribute(span, "item.id"); got != "42" {
		t.Errorf("got item.id %v, want 42", got)
	}
	if got := httpservertest.Attribute(span, "http.route"); got != "/mounted/process/{id}" {
		t.Errorf("got http.route %v, want the hook's", got)
	}
}

func TestHooksAreNotCalledForExcludedRequests(t *testing.T) {
	s := serve(t, httpserver.Config{Exclude: []string{"healthz"}}, respondWith(http.StatusOK, "ok"),
		allHooks(func(hook string) { t.Errorf("the %s hook was called", hook) })...)
	if status, body := s.get(t, "/healthz"); status != http.StatusOK || body != "ok" {
		t.Errorf("got %d %q, want 200 ok", status, body)
	}
	if ended := s.Ended(); len(ended) != 0 {
		t.Errorf("got spans %q, want none", httpservertest.Names(ended))
	}
}

func TestSpanHasScopeOfModule(t *testing.T) {
	s := serve(t, httpserver.Config{}, respondWith(http.StatusOK, ""))
	s.get(t, "/")
	scope := s.Only().InstrumentationScope()
	if scope.Name != "github.com/samespan/samespan/nethttpotel" || scope.Version != nethttpotel.Version || scope.SchemaURL == "" {
		t.Errorf("got scope %+v", scope)
	}
}

// TestExclusionVariableOfNetHTTP proves that OTEL_GO_NETHTTP_EXCLUDED_URLS replaces the
// exclusion rules of the option.
func TestExclusionVariableOfNetHTTP(t *testing.T) {
	t.Setenv("OTEL_GO_NETHTTP_EXCLUDED_URLS", "hidden")
	s := serve(t, httpserver.Config{Exclude: []string{"healthz"}}, respondWith(http.StatusOK, ""))
	s.get(t, "/hidden")
	s.get(t, "/healthz")
	if got := httpservertest.Attribute(s.Only(), "url.path"); got != "/healthz" {
		t.Errorf("got a span of %v, want the variable to replace the rules", got)
	}
}

// TestRequestAttributes proves which attributes the span has for a POST request with a query
// and a body.
func TestRequestAttributes(t *testing.T) {
	s := serve(t, httpserver.Config{}, respondWith(http.StatusOK, "ok"))
	s.send(t, http.MethodPost, "/a%20b?q=1&sig=secret", strings.NewReader("body"), "User-Agent", "probe/1")
	span := s.Only()
	for key, want := range map[attribute.Key]any{
		"http.request.method": "POST", "url.path": "/a%20b", "url.scheme": "http", "url.query": "q=1&sig=REDACTED",
		"user_agent.original": "probe/1", "network.protocol.version": "1.1", "network.peer.address": "127.0.0.1",
		"client.address": "127.0.0.1", "server.address": "127.0.0.1",
		"http.request.body.size": int64(4), "http.response.body.size": int64(2),
	} {
		if got := httpservertest.Attribute(span, key); got != want {
			t.Errorf("got %s=%v, want %v", key, got, want)
		}
	}
	for _, key := range []attribute.Key{"server.port", "network.peer.port"} {
		if port, _ := httpservertest.Attribute(span, key).(int64); port == 0 {
			t.Errorf("got no %s", key)
		}
	}
}
