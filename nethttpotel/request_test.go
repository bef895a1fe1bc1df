package nethttpotel_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// rewritePath returns a middleware that changes the path of the request. If inPlace is not
// set, the middleware passes a changed copy of the request to the next handler.
func rewritePath(path string, inPlace bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !inPlace {
				r = r.Clone(r.Context())
			}
			r.URL.Path, r.URL.RawPath, r.URL.RawQuery = path, "", "rewritten=1"
			next.ServeHTTP(w, r)
		})
	}
}

// TestTargetIsAsSent proves that the span has the path, the query and the host that the
// client sent, even if an outer middleware has changed the request.
func TestTargetIsAsSent(t *testing.T) {
	unchanged := func(h http.Handler) http.Handler { return h }
	tests := []struct {
		name string
		// requestLine is the method and the target.
		requestLine string
		wrap        func(http.Handler) http.Handler
		wantPath    any
		wantQuery   any
		wantServer  string
	}{
		{"as sent", "GET /a/b?q=1", unchanged, "/a/b", "q=1", "host.example"},
		{"encoded", "GET /a%2Fb/%7Ec?q=%20", unchanged, "/a%2Fb/%7Ec", "q=%20", "host.example"},
		{"doubled slashes", "GET //a//b", unchanged, "//a//b", nil, "host.example"},
		{"dot segments", "GET /a/../b/%2e%2e/c", unchanged, "/a/../b/%2e%2e/c", nil, "host.example"},
		{"a number sign", "GET /a#b", unchanged, "/a#b", nil, "host.example"},
		{"stripped", "GET /api/b?q=1", func(h http.Handler) http.Handler { return http.StripPrefix("/api", h) }, "/api/b", "q=1", "host.example"},
		{"stripped and encoded", "GET /api/b%2Fc", func(h http.Handler) http.Handler { return http.StripPrefix("/api", h) }, "/api/b%2Fc", nil, "host.example"},
		{"stripped to nothing", "GET /api", func(h http.Handler) http.Handler { return http.StripPrefix("/api", h) }, "/api", nil, "host.example"},
		{"rewritten in a copy", "GET /old?q=1", rewritePath("/new", false), "/old", "q=1", "host.example"},
		{"rewritten in place", "GET /old?q=1", rewritePath("/new", true), "/old", "q=1", "host.example"},
		{"absolute form", "GET http://target.example/a/b?q=1", unchanged, "/a/b", "q=1", "target.example"},
		{"absolute form with a port", "GET http://target.example:8081/a", unchanged, "/a", nil, "target.example"},
		{"absolute form with a user", "GET http://user:secret@target.example/a", unchanged, "/a", nil, "target.example"},
		{"absolute form without a path", "GET http://target.example", unchanged, "/", nil, "target.example"},
		{"absolute form with a query alone", "GET http://target.example?q=1", unchanged, "/", "q=1", "target.example"},
		{"absolute form, stripped", "GET http://target.example/api/b", func(h http.Handler) http.Handler { return http.StripPrefix("/api", h) }, "/api/b", nil, "target.example"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
				return test.wrap(instrument(respondWith(http.StatusOK, "")))
			})
			sendRaw(t, s.server, test.requestLine+" HTTP/1.1\r\nHost: host.example\r\nConnection: close\r\n\r\n")
			httpservertest.Expect(t, s.Only(), map[string]any{
				"url.path": test.wantPath, "url.query": test.wantQuery, "server.address": test.wantServer,
			})
		})
	}
}

// TestExclusionMatchesPathAsSent proves that exclusion rules match the path that the client
// sent, even if an outer middleware has changed it.
func TestExclusionMatchesPathAsSent(t *testing.T) {
	for requestLine, want := range map[string]int{
		"GET /healthz":                 0,
		"GET http://x.example/healthz": 0,
		"GET /orders":                  1,
		"GET http://x.example/orders":  1,
	} {
		s := serveWrapped(t, httpserver.Config{Exclude: []string{"healthz"}}, func(instrument func(http.Handler) http.Handler) http.Handler {
			return rewritePath("/healthz", false)(instrument(respondWith(http.StatusOK, "")))
		})
		sendRaw(t, s.server, requestLine+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		if got := s.Ended(); len(got) != want {
			t.Errorf("%s: got %d spans, want %d", requestLine, len(got), want)
		}
	}
}

// TestMountedRouteHasBothPatterns proves that the route consists of both patterns if a mux
// is mounted in another one.
func TestMountedRouteHasBothPatterns(t *testing.T) {
	innerMux := http.NewServeMux()
	innerMux.Handle("GET /users/{id}", respondWith(http.StatusOK, ""))
	innerMux.Handle("/{$}", respondWith(http.StatusOK, ""))
	// stripTenant strips the two segments that /t/{tenant} matches.
	stripTenant := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.StripPrefix("/t/"+r.PathValue("tenant"), next).ServeHTTP(w, r)
		})
	}
	strip := func(prefix string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler { return http.StripPrefix(prefix, next) }
	}
	tests := []struct {
		pattern string
		strip   func(http.Handler) http.Handler
		path    string
		want    string
	}{
		{"/t/{tenant}/", stripTenant, "/t/acme/users/7", "GET /t/{tenant}/users/{id}"},
		{"GET /t/{tenant}/", stripTenant, "/t/acme/users/7", "GET /t/{tenant}/users/{id}"},
		{"/t/{tenant}/{rest...}", stripTenant, "/t/acme/users/7", "GET /t/{tenant}/users/{id}"},
		{"/t/{tenant}/", stripTenant, "/t/acme/", "GET /t/{tenant}/"},
		{"/t/{tenant}/", stripTenant, "/t/acme/nothing", "GET /t/{tenant}/"},
		{"/t/{tenant}/", stripTenant, "/t/a%20b/users/7", "GET /t/{tenant}/users/{id}"},
		{"/api/", strip("/api"), "/api/users/7", "GET /api/users/{id}"},
		{"127.0.0.1/api/", strip("/api"), "/api/users/7", "GET /api/users/{id}"},
		{"/", func(next http.Handler) http.Handler { return next }, "/users/7", "GET /users/{id}"},
		// The outer pattern does not contain the stripped prefix. The client may have invented
		// this part of the path, so the route must not contain it.
		{"/", strip("/api"), "/api/users/7", "GET /users/{id}"},
	}
	for _, test := range tests {
		t.Run(test.pattern+" "+test.path, func(t *testing.T) {
			s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
				mux := http.NewServeMux()
				mux.Handle(test.pattern, test.strip(instrument(innerMux)))
				return mux
			})
			s.get(t, test.path)
			if span := s.Only(); span.Name() != test.want {
				t.Errorf("got %q, want %q", span.Name(), test.want)
			}
		})
	}
}

func TestWithRouteAcceptsPatterns(t *testing.T) {
	mux := http.NewServeMux()
	for _, pattern := range []string{"GET /x/{id}", "GET 127.0.0.1/host/{id}", "127.0.0.1/any/{id}", "/exact/{$}", "GET  /spaces/{id}", "GET\t/tab/{id}"} {
		mux.Handle(pattern, respondWith(http.StatusOK, ""))
	}
	muxPattern := func(r *http.Request) string { _, pattern := mux.Handler(r); return pattern }
	fixedRoute := func(route string) func(*http.Request) string { return func(*http.Request) string { return route } }
	tests := []struct {
		route func(*http.Request) string
		path  string
		want  string
	}{
		{muxPattern, "/x/1", "GET /x/{id}"},
		{muxPattern, "/host/1", "GET /host/{id}"},
		{muxPattern, "/any/1", "GET /any/{id}"},
		{muxPattern, "/exact/", "GET /exact/"},
		{muxPattern, "/spaces/1", "GET /spaces/{id}"},
		{muxPattern, "/tab/1", "GET /tab/{id}"},
		{muxPattern, "/nothing", "GET"},
		{fixedRoute("/users/{id}"), "/users/1", "GET /users/{id}"},
		{fixedRoute("users/{id}"), "/users/1", "GET users/{id}"},
		{fixedRoute("/with a space/{id}"), "/", "GET /with a space/{id}"},
		{fixedRoute("*"), "/", "GET *"},
	}
	for _, test := range tests {
		s := serve(t, httpserver.Config{}, respondWith(http.StatusOK, ""), nethttpotel.WithRoute(test.route))
		s.get(t, test.path)
		if span := s.Only(); span.Name() != test.want {
			t.Errorf("%s: got %q, want %q", test.path, span.Name(), test.want)
		}
	}
}

// TestRequestWithoutAURL proves that the middleware accepts a request without the fields
// that a server sets, such as the URL.
func TestRequestWithoutAURL(t *testing.T) {
	for name, config := range map[string]httpserver.Config{"observed": {}, "with rules": {Exclude: []string{"healthz"}}} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, config)
			handler := nethttpotel.Middleware(r)(respondWith(http.StatusAccepted, ""))
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, &http.Request{Method: http.MethodGet})
			if w.Code != http.StatusAccepted {
				t.Errorf("got %d", w.Code)
			}
			httpservertest.Expect(t, r.Only(), map[string]any{"http.response.status_code": int64(202)})
		})
	}
}

func TestNilOptionPanics(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	defer func() {
		if got, _ := recover().(string); !strings.Contains(got, "option 2 of 2 is nil") {
			t.Errorf("got %q", got)
		}
	}()
	nethttpotel.Middleware(r, nethttpotel.WithRoute(nil), nil)
}

// bufferingWriter is a writer that buffers a response. Batch endpoints use such writers.
type bufferingWriter struct {
	header http.Header
	status int
	body   strings.Builder
}

func (w *bufferingWriter) Header() http.Header         { return w.header }
func (w *bufferingWriter) WriteHeader(status int)      { w.status = status }
func (w *bufferingWriter) Write(p []byte) (int, error) { return w.body.Write(p) }

// TestSubRequestsDoNotChangeSpan proves that the span of a request does not change if the
// handler passes further requests to the same application, even if these have the context
// of the handler's request.
func TestSubRequestsDoNotChangeSpan(t *testing.T) {
	newRequests := map[string]func(r *http.Request, path string) *http.Request{
		"new": func(r *http.Request, path string) *http.Request {
			subRequest, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, path, http.NoBody)
			return subRequest
		},
		"of httptest": func(r *http.Request, path string) *http.Request {
			return httptest.NewRequest(http.MethodGet, path, http.NoBody).WithContext(r.Context())
		},
		"clone": func(r *http.Request, path string) *http.Request {
			subRequest := r.Clone(r.Context())
			subRequest.URL.Path, subRequest.RequestURI = path, path
			return subRequest
		},
		"clone with the old target": func(r *http.Request, path string) *http.Request {
			subRequest := r.Clone(r.Context())
			subRequest.URL.Path = path
			return subRequest
		},
		"copy with the same header": func(r *http.Request, path string) *http.Request {
			subRequest := r.WithContext(r.Context())
			target := *r.URL
			target.Path = path
			subRequest.URL = &target
			return subRequest
		},
	}
	for name, newRequest := range newRequests {
		for _, path := range []string{"/users/7", "/fail", "/panic", "/nothing", "/batch/none"} {
			t.Run(name+" "+path, func(t *testing.T) {
				s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
				mux := http.NewServeMux()
				instrumented := nethttpotel.Middleware(s)(mux)
				mux.Handle("GET /users/{id}", respondWith(http.StatusOK, "user"))
				mux.Handle("GET /fail", respondWith(http.StatusInternalServerError, "failed"))
				mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("inner") })
				mux.HandleFunc("GET /batch", func(w http.ResponseWriter, r *http.Request) {
					for range 2 {
						response := &bufferingWriter{header: http.Header{}}
						func() {
							defer func() { _ = recover() }()
							instrumented.ServeHTTP(response, newRequest(r, path))
						}()
					}
					_, _ = io.WriteString(w, "done")
				})
				s.server, s.log = startServer(t, instrumented, nil)
				if status, body := s.get(t, "/batch"); status != 200 || body != "done" {
					t.Errorf("got %d %q", status, body)
				}
				span := s.Only()
				if span.Name() != "GET /batch" || len(span.Events()) != 0 {
					t.Errorf("got %q with events %v, want GET /batch and none", span.Name(), span.Events())
				}
				s.checkNotCutOff(t, 200)
			})
		}
	}
}

// TestSubRequestsWithSharedWriter proves that a handler may write the responses of other
// requests to its own response. The span keeps the name of the handler's request.
func TestSubRequestsWithSharedWriter(t *testing.T) {
	s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /part/{id}", respondWith(http.StatusOK, "part"))
		mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) {
			for _, path := range []string{"/part/1", "/part/2"} {
				part, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, path, http.NoBody)
				instrument(mux).ServeHTTP(w, part)
			}
		})
		return instrument(mux)
	})
	s.get(t, "/page")
	if span := s.Only(); span.Name() != "GET /page" {
		t.Errorf("got %q, want the page's own name", span.Name())
	}
	s.checkOnePoint(t)
}

// TestChangedRemoteAddrRecordsOneSpan proves that a request has one span, with the inner
// route, if middlewares between two of ours replace its RemoteAddr and its writer.
func TestChangedRemoteAddrRecordsOneSpan(t *testing.T) {
	s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /users/{id}", respondWith(http.StatusOK, ""))
		innerHandler := http.TimeoutHandler(instrument(mux), waitTimeout, "")
		return instrument(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.RemoteAddr = "203.0.113.7"
			innerHandler.ServeHTTP(w, r)
		}))
	})
	s.get(t, "/users/7")
	if span := s.Only(); span.Name() != "GET /users/{id}" {
		t.Errorf("got %q, want the inner route", span.Name())
	}
}

// TestHiddenWriterRecordsOneSpan proves that a request has one span, with the inner route,
// if a middleware between two of ours hides our writer.
func TestHiddenWriterRecordsOneSpan(t *testing.T) {
	hideWriter := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
		})
	}
	s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
		innerMux := http.NewServeMux()
		innerMux.Handle("GET /users/{id}", respondWith(http.StatusOK, ""))
		outerMux := http.NewServeMux()
		outerMux.Handle("/t/{tenant}/", http.StripPrefix("/t/acme", hideWriter(instrument(innerMux))))
		return instrument(outerMux)
	})
	s.get(t, "/t/acme/users/7")
	if span := s.Only(); span.Name() != "GET /t/{tenant}/users/{id}" {
		t.Errorf("got %q, want the inner route", span.Name())
	}
}
