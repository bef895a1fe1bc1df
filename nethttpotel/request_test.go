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

// rewritePath is a middleware that changes the path, in a copy or in place.
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

// TestTarget compares the span's path, query and host with what the client
// sent.
func TestTarget(t *testing.T) {
	identity := func(h http.Handler) http.Handler { return h }
	tests := []struct {
		name   string
		line   string
		wrap   func(http.Handler) http.Handler
		path   any
		query  any
		server string
	}{
		{"as sent", "GET /a/b?q=1", identity, "/a/b", "q=1", "host.example"},
		{"encoded", "GET /a%2Fb/%7Ec?q=%20", identity, "/a%2Fb/%7Ec", "q=%20", "host.example"},
		{"doubled slashes", "GET //a//b", identity, "//a//b", nil, "host.example"},
		{"dot segments", "GET /a/../b/%2e%2e/c", identity, "/a/../b/%2e%2e/c", nil, "host.example"},
		{"a fragment that is none", "GET /a#b", identity, "/a#b", nil, "host.example"},
		{"stripped", "GET /api/b?q=1", func(h http.Handler) http.Handler { return http.StripPrefix("/api", h) }, "/api/b", "q=1", "host.example"},
		{"stripped and encoded", "GET /api/b%2Fc", func(h http.Handler) http.Handler { return http.StripPrefix("/api", h) }, "/api/b%2Fc", nil, "host.example"},
		{"stripped to nothing", "GET /api", func(h http.Handler) http.Handler { return http.StripPrefix("/api", h) }, "/api", nil, "host.example"},
		{"rewritten in a copy", "GET /old?q=1", rewritePath("/new", false), "/old", "q=1", "host.example"},
		{"rewritten in place", "GET /old?q=1", rewritePath("/new", true), "/old", "q=1", "host.example"},
		{"absolute form", "GET http://target.example/a/b?q=1", identity, "/a/b", "q=1", "target.example"},
		{"absolute form with a port", "GET http://target.example:8081/a", identity, "/a", nil, "target.example"},
		{"absolute form with a user", "GET http://user:secret@target.example/a", identity, "/a", nil, "target.example"},
		{"absolute form without a path", "GET http://target.example", identity, "/", nil, "target.example"},
		{"absolute form with a query alone", "GET http://target.example?q=1", identity, "/", "q=1", "target.example"},
		{"absolute form, stripped", "GET http://target.example/api/b", func(h http.Handler) http.Handler { return http.StripPrefix("/api", h) }, "/api/b", nil, "target.example"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serveWrapped(t, httpserver.Config{}, func(ours func(http.Handler) http.Handler) http.Handler {
				return test.wrap(ours(respondWith(http.StatusOK, "")))
			})
			exchangeRawBytes(t, s.server, test.line+" HTTP/1.1\r\nHost: host.example\r\nConnection: close\r\n\r\n")
			httpservertest.Expect(t, s.Only(), map[string]any{
				"url.path": test.path, "url.query": test.query, "server.address": test.server,
			})
		})
	}
}

// Exclusion rules match the path that the client sent, not one that a
// middleware further out has changed.
func TestExclusionIsByThePathAsSent(t *testing.T) {
	for line, want := range map[string]int{
		"GET /healthz":                 0,
		"GET http://x.example/healthz": 0,
		"GET /orders":                  1,
		"GET http://x.example/orders":  1,
	} {
		s := serveWrapped(t, httpserver.Config{Exclude: []string{"healthz"}}, func(ours func(http.Handler) http.Handler) http.Handler {
			return rewritePath("/healthz", false)(ours(respondWith(http.StatusOK, "")))
		})
		exchangeRawBytes(t, s.server, line+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		if got := s.Ended(); len(got) != want {
			t.Errorf("%s: got %d spans, want %d", line, len(got), want)
		}
	}
}

// TestMountedRoute checks the route of a mux that is mounted in another.
func TestMountedRoute(t *testing.T) {
	inner := http.NewServeMux()
	inner.Handle("GET /users/{id}", respondWith(http.StatusOK, ""))
	inner.Handle("/{$}", respondWith(http.StatusOK, ""))
	// stripTenant strips what two segments of the pattern match.
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
		// StripPrefix removes a part of the path that the client may have made up.
		{"/", strip("/api"), "/api/users/7", "GET /users/{id}"},
	}
	for _, test := range tests {
		t.Run(test.pattern+" "+test.path, func(t *testing.T) {
			s := serveWrapped(t, httpserver.Config{}, func(ours func(http.Handler) http.Handler) http.Handler {
				mux := http.NewServeMux()
				mux.Handle(test.pattern, test.strip(ours(inner)))
				return mux
			})
			s.get(t, test.path)
			if span := s.Only(); span.Name() != test.want {
				t.Errorf("got %q, want %q", span.Name(), test.want)
			}
		})
	}
}

func TestWithRouteTakesPatterns(t *testing.T) {
	mux := http.NewServeMux()
	for _, pattern := range []string{"GET /x/{id}", "GET 127.0.0.1/host/{id}", "127.0.0.1/any/{id}", "/exact/{$}", "GET  /spaces/{id}", "GET\t/tab/{id}"} {
		mux.Handle(pattern, respondWith(http.StatusOK, ""))
	}
	named := func(r *http.Request) string { _, pattern := mux.Handler(r); return pattern }
	fixed := func(route string) func(*http.Request) string { return func(*http.Request) string { return route } }
	tests := []struct {
		route func(*http.Request) string
		path  string
		want  string
	}{
		{named, "/x/1", "GET /x/{id}"},
		{named, "/host/1", "GET /host/{id}"},
		{named, "/any/1", "GET /any/{id}"},
		{named, "/exact/", "GET /exact/"},
		{named, "/spaces/1", "GET /spaces/{id}"},
		{named, "/tab/1", "GET /tab/{id}"},
		{named, "/nothing", "GET"},
		{fixed("/users/{id}"), "/users/1", "GET /users/{id}"},
		{fixed("users/{id}"), "/users/1", "GET users/{id}"},
		{fixed("/with a space/{id}"), "/", "GET /with a space/{id}"},
		{fixed("*"), "/", "GET *"},
	}
	for _, test := range tests {
		s := serve(t, httpserver.Config{}, respondWith(http.StatusOK, ""), nethttpotel.WithRoute(test.route))
		s.get(t, test.path)
		if span := s.Only(); span.Name() != test.want {
			t.Errorf("%s: got %q, want %q", test.path, span.Name(), test.want)
		}
	}
}

// A request that was not received by a server may lack what a server sets.
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

// batchWriter is a writer that buffers a response, as in a batch endpoint.
type batchWriter struct {
	header http.Header
	status int
	body   strings.Builder
}

func (a *batchWriter) Header() http.Header         { return a.header }
func (a *batchWriter) WriteHeader(status int)      { a.status = status }
func (a *batchWriter) Write(p []byte) (int, error) { return a.body.Write(p) }

// TestSubRequests proves that a request that a handler serves in process, with
// its own request's context, does not affect its span.
func TestSubRequests(t *testing.T) {
	makes := map[string]func(r *http.Request, path string) *http.Request{
		"new": func(r *http.Request, path string) *http.Request {
			sub, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, path, http.NoBody)
			return sub
		},
		"of a test": func(r *http.Request, path string) *http.Request {
			return httptest.NewRequest(http.MethodGet, path, http.NoBody).WithContext(r.Context())
		},
		"clone": func(r *http.Request, path string) *http.Request {
			sub := r.Clone(r.Context())
			sub.URL.Path, sub.RequestURI = path, path
			return sub
		},
		"clone with the old target": func(r *http.Request, path string) *http.Request {
			sub := r.Clone(r.Context())
			sub.URL.Path = path
			return sub
		},
		"copy with the same header": func(r *http.Request, path string) *http.Request {
			sub := r.WithContext(r.Context())
			target := *r.URL
			target.Path = path
			sub.URL = &target
			return sub
		},
	}
	for name, make := range makes {
		for _, path := range []string{"/users/7", "/fail", "/panic", "/nothing", "/batch/none"} {
			t.Run(name+" "+path, func(t *testing.T) {
				s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
				mux := http.NewServeMux()
				ours := nethttpotel.Middleware(s)(mux)
				mux.Handle("GET /users/{id}", respondWith(http.StatusOK, "user"))
				mux.Handle("GET /fail", respondWith(http.StatusInternalServerError, "failed"))
				mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("inner") })
				mux.HandleFunc("GET /batch", func(w http.ResponseWriter, r *http.Request) {
					for range 2 {
						sub := &batchWriter{header: http.Header{}}
						func() {
							defer func() { _ = recover() }()
							ours.ServeHTTP(sub, make(r, path))
						}()
					}
					_, _ = io.WriteString(w, "done")
				})
				s.server, s.log = startServer(t, ours, nil)
				if status, body := s.get(t, "/batch"); status != 200 || body != "done" {
					t.Errorf("got %d %q", status, body)
				}
				span := s.Only()
				if span.Name() != "GET /batch" || len(span.Events()) != 0 {
					t.Errorf("got %q with events %v, want GET /batch and none", span.Name(), span.Events())
				}
				s.checkAnswered(t, 200)
			})
		}
	}
}

// A page that a handler composes of other responses, written to its own
// response.
func TestSubRequestsOverTheSameWriter(t *testing.T) {
	s := serveWrapped(t, httpserver.Config{}, func(ours func(http.Handler) http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /part/{id}", respondWith(http.StatusOK, "part"))
		mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) {
			for _, path := range []string{"/part/1", "/part/2"} {
				part, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, path, http.NoBody)
				ours(mux).ServeHTTP(w, part)
			}
		})
		return ours(mux)
	})
	s.get(t, "/page")
	if span := s.Only(); span.Name() != "GET /page" {
		t.Errorf("got %q, want the page's own name", span.Name())
	}
	s.checkOnePoint(t)
}

// The same request, after middlewares that replace its address and its writer.
func TestTheSameRequestFromAnotherAddress(t *testing.T) {
	s := serveWrapped(t, httpserver.Config{}, func(ours func(http.Handler) http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /users/{id}", respondWith(http.StatusOK, ""))
		inner := http.TimeoutHandler(ours(mux), waitLimit, "")
		return ours(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.RemoteAddr = "203.0.113.7"
			inner.ServeHTTP(w, r)
		}))
	})
	s.get(t, "/users/7")
	if span := s.Only(); span.Name() != "GET /users/{id}" {
		t.Errorf("got %q, want the inner route", span.Name())
	}
}

// The same request, served by another mux with a writer that hides ours.
func TestTheSameRequestBehindAnotherWriter(t *testing.T) {
	hiding := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
		})
	}
	s := serveWrapped(t, httpserver.Config{}, func(ours func(http.Handler) http.Handler) http.Handler {
		inner := http.NewServeMux()
		inner.Handle("GET /users/{id}", respondWith(http.StatusOK, ""))
		outer := http.NewServeMux()
		outer.Handle("/t/{tenant}/", http.StripPrefix("/t/acme", hiding(ours(inner))))
		return ours(outer)
	})
	s.get(t, "/t/acme/users/7")
	if span := s.Only(); span.Name() != "GET /t/{tenant}/users/{id}" {
		t.Errorf("got %q, want the inner route", span.Name())
	}
}
