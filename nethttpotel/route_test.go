package nethttpotel_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// TestRoutes proves that span name and http.route have the path of the ServeMux pattern that
// matches the request. Without a match, there is no route.
func TestRoutes(t *testing.T) {
	ok := respondWith(http.StatusOK, "ok")
	mux := http.NewServeMux()
	mux.Handle("GET /process/{item_id}", ok)
	mux.Handle("/any", ok)
	mux.Handle("POST example.com/a/{id}", ok)
	mux.Handle("/exact/{$}", ok)
	mux.Handle("/tree/", ok)
	mux.Handle("/users/{id}/", ok)
	mux.Handle("/files/{path...}", ok)
	mux.Handle("GET /two/{a}/x/{b}", ok)
	mux.Handle("BREW /pot", ok)
	mux.Handle("/old", http.RedirectHandler("/new", http.StatusMovedPermanently))
	redirect := redirectStatus()
	tests := []struct {
		method, path, host string
		status             int
		spanName           string
	}{
		{"GET", "/process/1", "", 200, "GET /process/{item_id}"},
		{"HEAD", "/process/1", "", 200, "HEAD /process/{item_id}"},
		{"GET", "/process/a%2Fb", "", 200, "GET /process/{item_id}"},
		{"DELETE", "/any", "", 200, "DELETE /any"},
		{"POST", "/a/1", "example.com", 200, "POST /a/{id}"},
		{"POST", "/a/1", "example.com:8080", 200, "POST /a/{id}"},
		{"POST", "/a/1", "", 404, "POST"},
		{"GET", "/exact/", "", 200, "GET /exact/"},
		{"GET", "/exact/more", "", 404, "GET"},
		{"GET", "/tree/", "", 200, "GET /tree/"},
		{"GET", "/tree/a/b/c", "", 200, "GET /tree/"},
		{"GET", "/tree", "", redirect, "GET /tree/"},
		{"GET", "/users/7", "", redirect, "GET /users/{id}/"},
		{"GET", "/tree//a", "", redirect, "GET /tree/"},
		{"GET", "/files/a/b.txt", "", 200, "GET /files/{path...}"},
		{"GET", "/two/1/x/2", "", 200, "GET /two/{a}/x/{b}"},
		{"BREW", "/pot", "", 200, "HTTP /pot"},
		{"GET", "/old", "", 301, "GET /old"},
		{"GET", "/nothing/here", "", 404, "GET"},
		{"POST", "/process/1", "", 405, "POST"},
		{"OPTIONS", "/process/1", "", 405, "OPTIONS"},
		{"BREW", "/nothing", "", 404, "HTTP"},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.host+test.path, func(t *testing.T) {
			s := serve(t, httpserver.Config{}, mux)
			request, err := http.NewRequestWithContext(t.Context(), test.method, s.server.URL+test.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = test.host
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != test.status {
				t.Errorf("got status %d, want %d", response.StatusCode, test.status)
			}
			span := s.Only()
			if span.Name() != test.spanName {
				t.Errorf("got name %q, want %q", span.Name(), test.spanName)
			}
			_, route, wantsRoute := strings.Cut(test.spanName, " ")
			got, hasRoute := httpservertest.Attribute(span, "http.route").(string)
			if hasRoute != wantsRoute || got != route {
				t.Errorf("got http.route %q, %v, want %q, %v", got, hasRoute, route, wantsRoute)
			}
			point := s.checkOnePoint(t)
			if got, _ := point.Attributes["http.route"].(string); got != route {
				t.Errorf("got http.route %q on the metric, want %q", got, route)
			}
		})
	}
}

// redirectStatus returns the status of the mux's redirects, which depends on the version of
// Go.
func redirectStatus() int {
	mux := http.NewServeMux()
	mux.Handle("/tree/", http.NotFoundHandler())
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/tree", http.NoBody))
	return answer.Code
}

// TestRedirectedConnectHasNoRoute proves that a CONNECT that the mux redirects has no route.
// Its pattern is the path that the client sent, so each path would become a metric series.
func TestRedirectedConnectHasNoRoute(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/users/{id}/", respondWith(http.StatusOK, ""))
	mux.Handle("CONNECT /tunnel/{id}", respondWith(http.StatusOK, ""))
	for path, name := range map[string]string{
		"/users/4711": "CONNECT", "/users/47/../11": "CONNECT /users/{id}/", "/users/4711/": "CONNECT /users/{id}/",
		"/users/a%2F": "CONNECT", "/tunnel/1": "CONNECT /tunnel/{id}", "/nothing": "CONNECT",
	} {
		t.Run(path, func(t *testing.T) {
			s := serve(t, httpserver.Config{}, mux)
			sendRaw(t, s.server, "CONNECT "+path+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
			if got := s.Only().Name(); got != name {
				t.Errorf("got name %q, want %q", got, name)
			}
		})
	}
}

// TestConnectAndOptionsWithoutPath proves that a CONNECT and an OPTIONS * request, whose
// targets have no path, have a span without a route.
func TestConnectAndOptionsWithoutPath(t *testing.T) {
	for request, name := range map[string]string{
		"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443": "CONNECT",
		"OPTIONS * HTTP/1.1\r\nHost: shop.example":                    "OPTIONS",
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.Handle("/", respondWith(http.StatusOK, ""))
			s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
			s.server, s.log = startServer(t, nethttpotel.Middleware(s)(mux), func(server *httptest.Server) {
				server.Config.DisableGeneralOptionsHandler = true
			})
			sendRaw(t, s.server, request+"\r\nConnection: close\r\n\r\n")
			span := s.Only()
			if span.Name() != name || httpservertest.Attribute(span, "server.address") != "shop.example" {
				t.Errorf("got %q with %v", span.Name(), span.Attributes())
			}
			s.checkOnePoint(t)
		})
	}
}

// TestStaticFiles proves that responses of net/http's file servers are recorded with their
// size and with the route of the ServeMux.
func TestStaticFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte(strings.Repeat("a", 100_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/static/", http.StripPrefix("/static", http.FileServer(http.Dir(dir))))
	mux.Handle("GET /fs/{path...}", http.StripPrefix("/fs/", http.FileServerFS(os.DirFS(dir))))
	mux.HandleFunc("GET /one", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, filepath.Join(dir, "a.txt")) })
	tests := []struct {
		path    string
		headers []string
		status  int
		name    string
		size    int64
	}{
		{"/static/a.txt", nil, 200, "GET /static/", 100_000},
		{"/static/none", nil, 404, "GET /static/", 19},
		{"/fs/a.txt", nil, 200, "GET /fs/{path...}", 100_000},
		{"/one", nil, 200, "GET /one", 100_000},
		{"/one", []string{"Range", "bytes=10-19"}, 206, "GET /one", 10},
		{"/one", []string{"If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"}, 304, "GET /one", 0},
	}
	for _, test := range tests {
		t.Run(test.path+strings.Join(test.headers, " "), func(t *testing.T) {
			s := serve(t, httpserver.Config{}, mux)
			if status, _ := s.get(t, test.path, test.headers...); status != test.status {
				t.Errorf("got status %d, want %d", status, test.status)
			}
			span := s.Only()
			if span.Name() != test.name {
				t.Errorf("got name %q, want %q", span.Name(), test.name)
			}
			if got := httpservertest.Attribute(span, "http.response.body.size"); got != test.size {
				t.Errorf("got size %v, want %d", got, test.size)
			}
		})
	}
}

// TestRouteAddedWhileServing proves that the span has the route of a pattern that is added
// after the server has started.
func TestRouteAddedWhileServing(t *testing.T) {
	mux := http.NewServeMux()
	s := serve(t, httpserver.Config{}, mux)
	mux.Handle("GET /late/{id}", respondWith(http.StatusOK, ""))
	s.get(t, "/late/1")
	if got, want := s.Only().Name(), "GET /late/{id}"; got != want {
		t.Errorf("got name %q, want %q", got, want)
	}
}

// copyRequest is a middleware that passes a copy of the request to the next handler, as many
// middlewares do.
func copyRequest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), copyMarker{}, true)))
	})
}

// copyMarker is the key of the context value that copyRequest adds.
type copyMarker struct{}

// TestRequestCopyHidesRoute proves that the span has no route if a middleware between ours and
// the mux copies the request, as the documentation says.
func TestRequestCopyHidesRoute(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /process/{id}", respondWith(http.StatusOK, ""))
	s := serve(t, httpserver.Config{}, copyRequest(mux))
	s.get(t, "/process/1")
	if got := s.Only().Name(); got != "GET" {
		t.Errorf("got name %q, want GET: the documentation says that the route is hidden", got)
	}
}

// TestOuterRequestCopyKeepsRoute proves that the span has the route if a middleware outside
// ours copies the request.
func TestOuterRequestCopyKeepsRoute(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /process/{id}", respondWith(http.StatusOK, ""))
	var outerPattern string
	s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			copyRequest(instrument(mux)).ServeHTTP(w, r)
			instrument := nethttpotel.Middleware(httpservertest.New(t, httpserver.Config{}))
			r = r.WithContext(context.Background())
			instrument(mux).ServeHTTP(httptest.NewRecorder(), r)
			outerPattern = r.Pattern
		})
	})
	s.get(t, "/process/1")
	if got := s.Only().Name(); got != "GET /process/{id}" {
		t.Errorf("got name %q, want the route", got)
	}
	if outerPattern != "GET /process/{id}" {
		t.Errorf("a middleware outside sees pattern %q, want that of the mux", outerPattern)
	}
}

// TestPatternSetByHandlerIsRoute proves that a handler can set the route by the pattern of the
// request, as the documentation says for routers that have no middlewares.
func TestPatternSetByHandlerIsRoute(t *testing.T) {
	s := serve(t, httpserver.Config{}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		r.Pattern = "/users/:id"
	}))
	s.get(t, "/users/7")
	if got, want := s.Only().Name(), "GET /users/:id"; got != want {
		t.Errorf("got name %q, want %q", got, want)
	}
}

// TestMiddlewareOfMuxWrapperHasRoute proves that the span has the route if a library around
// the mux looks up the pattern, copies the request and calls its middlewares before the mux,
// as go-pkgz/routegroup does.
func TestMiddlewareOfMuxWrapperHasRoute(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /api/v1/users/{id}", respondWith(http.StatusOK, ""))
	for path, want := range map[string]string{"/api/v1/users/7": "GET /api/v1/users/{id}", "/none": "GET"} {
		s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, pattern := mux.Handler(r); pattern != "" {
					r = r.WithContext(r.Context())
					r.Pattern = pattern
				}
				instrument(mux).ServeHTTP(w, r)
			})
		})
		s.get(t, path)
		if got := s.Only().Name(); got != want {
			t.Errorf("%s: got name %q, want %q", path, got, want)
		}
	}
}

// customRouter is a router like chi. It runs its middleware, then finds the route, and
// stores the route in the request's context.
type customRouter struct {
	middleware func(http.Handler) http.Handler
	routes     map[string]string // templates by the first segment of the path
}

// matchedRouteKey is the context key of the matched route, a *string.
type matchedRouteKey struct{}

func (rt customRouter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	matchedRoute := new(string)
	r = r.WithContext(context.WithValue(r.Context(), matchedRouteKey{}, matchedRoute))
	rt.middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		firstSegment, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		template, ok := rt.routes[firstSegment]
		if !ok {
			http.NotFound(w, r)
			return
		}
		*matchedRoute = template
		_, _ = w.Write([]byte("ok"))
	})).ServeHTTP(w, r)
}

func TestWithRouteSetsRoute(t *testing.T) {
	routeOf := nethttpotel.WithRoute(func(r *http.Request) string {
		return *r.Context().Value(matchedRouteKey{}).(*string)
	})
	for path, name := range map[string]string{"/process/1": "GET /process/{id}", "/other": "GET"} {
		s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
			return customRouter{instrument, map[string]string{"process": "/process/{id}"}}
		}, routeOf)
		s.get(t, path)
		if got := s.Only().Name(); got != name {
			t.Errorf("%s: got name %q, want %q", path, got, name)
		}
	}
}

// TestRouteFormatKeepsBraces proves that RouteBraces does not change a route of a ServeMux,
// which already has braces.
func TestRouteFormatKeepsBraces(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /v1:get/{id}/{rest...}", respondWith(http.StatusOK, ""))
	s := serve(t, httpserver.Config{RouteFormat: httpserver.RouteBraces}, mux)
	s.get(t, "/v1:get/1/2/3")
	if got, want := s.Only().Name(), "GET /v1:get/{id}/{rest...}"; got != want {
		t.Errorf("got name %q, want %q", got, want)
	}
}
