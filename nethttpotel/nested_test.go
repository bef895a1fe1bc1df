package nethttpotel_test

import (
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// middleware is the type of a middleware, such as the result of nethttpotel.Middleware.
type middleware = func(http.Handler) http.Handler

func TestNestedMiddlewaresRecordOneSpan(t *testing.T) {
	innerMux := http.NewServeMux()
	innerMux.Handle("GET /process/{id}", respondWith(http.StatusOK, ""))
	innerMux.Handle("/{$}", respondWith(http.StatusOK, ""))
	mount := func(pattern string, handler http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(pattern, handler)
		return mux
	}
	tests := []struct {
		name string
		wrap func(instrument middleware) http.Handler
		path string
		want string
	}{
		{"two middlewares", func(instrument middleware) http.Handler { return instrument(instrument(innerMux)) }, "/process/1", "GET /process/{id}"},
		{"three middlewares and a copied request", func(instrument middleware) http.Handler {
			return instrument(copyRequest(instrument(instrument(innerMux))))
		}, "/process/1", "GET /process/{id}"},
		{"mounted mux", func(instrument middleware) http.Handler {
			return instrument(mount("/api/", http.StripPrefix("/api", innerMux)))
		}, "/api/process/1", "GET /api/"},
		{"mounted mux with its own middleware", func(instrument middleware) http.Handler {
			return instrument(mount("/api/", http.StripPrefix("/api", instrument(innerMux))))
		}, "/api/process/1", "GET /api/process/{id}"},
		{"mux mounted in a mounted mux", func(instrument middleware) http.Handler {
			middle := mount("/t1/", http.StripPrefix("/t1", instrument(innerMux)))
			return instrument(mount("/api/", http.StripPrefix("/api", instrument(middle))))
		}, "/api/t1/process/1", "GET /api/t1/process/{id}"},
		{"root of a mounted mux", func(instrument middleware) http.Handler {
			return instrument(mount("/api/", http.StripPrefix("/api", instrument(innerMux))))
		}, "/api/", "GET /api/"},
		{"unmatched in a mounted mux", func(instrument middleware) http.Handler {
			return instrument(mount("/api/", http.StripPrefix("/api", instrument(innerMux))))
		}, "/api/nothing", "GET /api/"},
		{"mounted under a parameter", func(instrument middleware) http.Handler {
			return instrument(mount("/{tenant}/", http.StripPrefix("/t1", instrument(innerMux))))
		}, "/t1/process/1", "GET /{tenant}/process/{id}"},
		{"middleware inside alone", func(instrument middleware) http.Handler {
			return mount("/api/", http.StripPrefix("/api", instrument(innerMux)))
		}, "/api/process/1", "GET /api/process/{id}"},
		{"around a handler of the mux", func(instrument middleware) http.Handler {
			return mount("GET /process/{id}", instrument(respondWith(http.StatusOK, "")))
		}, "/process/1", "GET /process/{id}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler { return test.wrap(instrument) })
			s.get(t, test.path)
			span := s.Only()
			if span.Name() != test.want {
				t.Errorf("got name %q, want %q", span.Name(), test.want)
			}
			if got := httpservertest.Attribute(span, "url.path"); got != test.path {
				t.Errorf("got url.path %v, want %s", got, test.path)
			}
			s.checkOnePoint(t)
		})
	}
}

// TestNestedHooksReachTheSpan proves that the hooks of an inner middleware set the name and the
// attributes of the only span.
func TestNestedHooksReachTheSpan(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	inner := nethttpotel.Middleware(r,
		nethttpotel.WithSpanName(func(*http.Request) string { return "mine" }),
		nethttpotel.WithStartAttributes(func(*http.Request) []attribute.KeyValue { return []attribute.KeyValue{attribute.Int("start", 2)} }),
		nethttpotel.WithAttributes(func(*http.Request) []attribute.KeyValue { return []attribute.KeyValue{attribute.Int("n", 1)} }))
	nethttpotel.Middleware(r)(inner(respondWith(http.StatusOK, ""))).ServeHTTP(discardWriter{}, newRequest("/"))
	if span := r.Only(); span.Name() != "mine" || httpservertest.Attribute(span, "n") != int64(1) || httpservertest.Attribute(span, "start") != int64(2) {
		t.Errorf("got %q with %v", span.Name(), span.Attributes())
	}
}

func TestNestedInExcludedRequestRecordsNothing(t *testing.T) {
	s := serveWrapped(t, httpserver.Config{Exclude: []string{"=/api/healthz"}}, func(instrument func(http.Handler) http.Handler) http.Handler {
		return instrument(http.StripPrefix("/api", instrument(respondWith(http.StatusOK, ""))))
	})
	s.get(t, "/api/healthz")
	if ended := s.Ended(); len(ended) != 0 {
		t.Errorf("got spans %q, want none", httpservertest.Names(ended))
	}
}
