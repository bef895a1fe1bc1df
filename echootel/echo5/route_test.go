package echootel

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

func respondOK(c *echo.Context) error { return c.String(http.StatusOK, "ok") }

// passThrough is a middleware that only calls the next handler. Tests give it to a group
// because Echo then registers RouteNotFound handlers for the group.
func passThrough(next echo.HandlerFunc) echo.HandlerFunc { return next }

// addRoutes registers routes of every kind that Echo has.
func addRoutes(t *testing.T, e *echo.Echo) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	e.GET("/", respondOK)
	e.GET("/process/:item_id", respondOK)
	e.GET(`/v1/items\:batch/:id`, respondOK)
	e.GET(`/v1/operations/:name\:cancel`, respondOK)
	e.GET("/files/*", respondOK)
	e.StaticFS("/static/", os.DirFS(dir))
	e.Any("/any/:id", respondOK)
	e.GET("/gone", func(*echo.Context) error { return echo.ErrNotFound })
	e.GET("/named", func(c *echo.Context) error {
		c.SetPath("/renamed")
		return respondOK(c)
	})
	if _, err := e.AddRoute(echo.Route{Method: http.MethodGet, Path: "/direct/:id", Name: "direct", Handler: respondOK}); err != nil {
		t.Fatal(err)
	}

	plainGroup := e.Group("/plain")
	plainGroup.GET("/:id", respondOK)
	apiGroup := e.Group("/api", passThrough)
	apiGroup.GET("", respondOK)
	apiGroup.GET("/users/:id", respondOK)
	apiGroup.Group("/admin", passThrough).GET("/:name/*", respondOK)
	ownGroup := e.Group("/own", passThrough)
	ownGroup.RouteNotFound("/*", func(c *echo.Context) error { return c.String(http.StatusTeapot, "none") })
	ownGroup.GET("/*", respondOK)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /mounted/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	e.Any("/mounted/*", echo.WrapHandler(mux))
}

func TestRouteIsRegisteredPath(t *testing.T) {
	tests := []struct {
		method, path string
		status       int
		// route is the wanted http.route, or "" if the span must have none. braces is the
		// wanted http.route with RouteBraces, or "" if it is equal to route.
		route, braces string
	}{
		{path: "/", status: 200, route: "/"},
		{path: "/process/12345", status: 200, route: "/process/:item_id", braces: "/process/{item_id}"},
		{path: "/process/a%2Fb", status: 200, route: "/process/:item_id", braces: "/process/{item_id}"},
		{path: "/v1/items:batch/7", status: 200, route: `/v1/items\:batch/:id`, braces: "/v1/items:batch/{id}"},
		{path: "/v1/operations/7:cancel", status: 200, route: `/v1/operations/:name\:cancel`, braces: "/v1/operations/{name}:cancel"},
		{path: "/files/a/b/c", status: 200, route: "/files/*", braces: "/files/{...}"},
		{path: "/files/", status: 200, route: "/files/*", braces: "/files/{...}"},
		{path: "/static/a.txt", status: 200, route: "/static/*", braces: "/static/{...}"},
		{path: "/static/none.txt", status: 404, route: "/static/*", braces: "/static/{...}"},
		{method: "PATCH", path: "/any/1", status: 200, route: "/any/:id", braces: "/any/{id}"},
		{method: "QUERY", path: "/any/1", status: 200, route: "/any/:id", braces: "/any/{id}"},
		{path: "/gone", status: 404, route: "/gone"},
		{path: "/named", status: 200, route: "/renamed"},
		{path: "/direct/1", status: 200, route: "/direct/:id", braces: "/direct/{id}"},
		{path: "/plain/1", status: 200, route: "/plain/:id", braces: "/plain/{id}"},
		{path: "/api", status: 200, route: "/api"},
		{path: "/api/users/1", status: 200, route: "/api/users/:id", braces: "/api/users/{id}"},
		{path: "/api/admin/x/y/z", status: 200, route: "/api/admin/:name/*", braces: "/api/admin/{name}/{...}"},
		{path: "/own/x", status: 200, route: "/own/*", braces: "/own/{...}"},
		{path: "/mounted/1", status: 202, route: "/mounted/*", braces: "/mounted/{...}"},

		{path: "/none", status: 404},
		{path: "/plain", status: 404},
		{path: "/api/none", status: 404},
		{path: "/api/users", status: 404},
		{path: "/api/admin/none", status: 404},
		{method: "POST", path: "/own/x", status: 418},
		{method: "POST", path: "/api", status: 404},
		{method: "POST", path: "/process/1", status: 405},
		{method: "HEAD", path: "/process/1", status: 405},
		{method: "OPTIONS", path: "/process/1", status: 204},
		{method: "QUERY", path: "/process/1", status: 405},
		{path: "/static", status: 404},
	}
	for _, registered := range []string{"Use", "Pre"} {
		for _, format := range []httpserver.RouteFormat{httpserver.RouteNative, httpserver.RouteBraces} {
			for _, test := range tests {
				if test.method == "" {
					test.method = http.MethodGet
				}
				want := test.route
				if format == httpserver.RouteBraces && test.braces != "" {
					want = test.braces
				}
				t.Run(registered+" "+test.method+" "+test.path+" "+want, func(t *testing.T) {
					rec := httpservertest.New(t, httpserver.Config{RouteFormat: format})
					e := echo.New()
					if registered == "Use" {
						e.Use(Middleware(rec))
					} else {
						e.Pre(Middleware(rec))
					}
					addRoutes(t, e)
					url := httpservertest.Start(t, e) + test.path
					// For the second request, Echo reuses the *echo.Context of the first.
					for range 2 {
						if got := httpservertest.Send(t, test.method, url, nil); got.StatusCode != test.status {
							t.Errorf("status: got %d, want %d", got.StatusCode, test.status)
						}
					}
					ended := rec.Ended()
					if len(ended) != 2 {
						t.Fatalf("got spans %q, want 2", httpservertest.Names(ended))
					}
					name, route := test.method, any(nil)
					if want != "" {
						name, route = name+" "+want, want
					}
					for _, span := range ended {
						if span.Name() != name {
							t.Errorf("name: got %q, want %q", span.Name(), name)
						}
						httpservertest.Expect(t, span, map[string]any{"http.route": route, "http.response.status_code": int64(test.status)})
					}
					points := rec.Points("http.server.request.duration")
					if len(points) != 1 || points[0].Count != 2 || points[0].Attributes["http.route"] != route {
						t.Errorf("duration points: got %v, want one with 2 requests and route %v", points, route)
					}
				})
			}
		}
	}
}

func TestRouteAddedWhileServingIsFound(t *testing.T) {
	e, rec := newApp(t)
	url := httpservertest.Start(t, e)
	get(t, url+"/later")
	rec.Ended() // wait: the exchange of a 404 may end shortly after the response
	e.GET("/later", respondOK)
	get(t, url+"/later")
	if got := httpservertest.Names(rec.Ended()); len(got) != 2 || got[0] != "GET" || got[1] != "GET /later" {
		t.Errorf("got %q, want GET and then GET /later", got)
	}
}

func TestSamplerSeesRoute(t *testing.T) {
	sampler := httpservertest.NewSampler()
	rec := httpservertest.NewSampled(t, httpserver.Config{}, sampler)
	e := echo.New()
	e.Use(Middleware(rec))
	e.Group("/api", passThrough).GET("/users/:id", respondOK)
	url := httpservertest.Start(t, e)
	for _, test := range []struct {
		path  string
		route any
	}{{"/api/users/1", "/api/users/:id"}, {"/api/none", nil}} {
		get(t, url+test.path)
		rec.Ended()
		if got := sampler.Last()["http.route"]; got != test.route {
			t.Errorf("%s: http.route at the start: got %v, want %v", test.path, got, test.route)
		}
	}
}

// TestRedirectInPreHasNoRoute proves that the span has no route if a middleware that is
// registered with Pre responds with a redirect, before routing.
func TestRedirectInPreHasNoRoute(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.Pre(Middleware(rec), middleware.RemoveTrailingSlashWithConfig(middleware.RemoveTrailingSlashConfig{RedirectCode: http.StatusMovedPermanently}))
	e.GET("/a", respondOK)
	if got := get(t, httpservertest.Start(t, e)+"/a/"); got.StatusCode != http.StatusMovedPermanently {
		t.Fatalf("status: got %d, want 301", got.StatusCode)
	}
	if got := rec.Only().Name(); got != "GET" {
		t.Errorf("name: got %q, want GET", got)
	}
}

// TestVirtualHostsHaveTheirRoutes proves that with NewVirtualHostHandler, the route of a
// request is a route of the Echo for its host.
func TestVirtualHostsHaveTheirRoutes(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	tenant := echo.New()
	tenant.Use(Middleware(rec))
	tenant.GET("/tenants/:id", respondOK)
	e := echo.NewVirtualHostHandler(map[string]*echo.Echo{"tenant.example": tenant})
	e.Use(Middleware(rec))
	e.GET("/process/:id", respondOK)
	url := httpservertest.Start(t, e)
	for _, test := range []struct {
		path, host, name string
		status           int
	}{
		{"/tenants/1", "tenant.example", "GET /tenants/:id", 200},
		{"/process/1", "tenant.example", "GET", 404},
		{"/process/1", "other.example", "GET /process/:id", 200},
		{"/tenants/1", "other.example", "GET", 404},
	} {
		before := len(rec.Ended())
		if got := get(t, url+test.path, "Host", test.host); got.StatusCode != test.status {
			t.Errorf("%s%s: got status %d, want %d", test.host, test.path, got.StatusCode, test.status)
		}
		ended := rec.Ended()[before:]
		if len(ended) != 1 || ended[0].Name() != test.name {
			t.Errorf("%s%s: got spans %q, want %q", test.host, test.path, httpservertest.Names(ended), test.name)
		}
	}
}

// TestHEADUsesGETRoute proves that the span of a HEAD request has the GET route that the
// router uses for it, and the body size 0.
func TestHEADUsesGETRoute(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		rec := httpservertest.New(t, httpserver.Config{})
		e := echo.NewWithConfig(echo.Config{Router: echo.NewRouter(echo.RouterConfig{AutoHandleHEAD: true})})
		if compressed {
			e.Use(middleware.Gzip())
		}
		e.Use(Middleware(rec))
		e.GET("/process/:id", respondOK)
		e.GET("/fail/:id", func(*echo.Context) error { return echo.ErrBadGateway })
		url := httpservertest.Start(t, e)
		for path, status := range map[string]int{"/process/": 200, "/fail/": 502} {
			if got := httpservertest.Send(t, http.MethodHead, url+path+"1", nil); got.StatusCode != status {
				t.Errorf("%s: got status %d, want %d", path, got.StatusCode, status)
			}
			rec.Ended()
			httpservertest.Expect(t, rec.Named("HEAD "+path+":id"), map[string]any{
				"http.response.status_code": int64(status), "http.response.body.size": int64(0),
			})
		}
	}
}

// customRouter is a router of the application. For an unknown path, it sets a route with a
// real method and with the name that Echo uses for a 404.
type customRouter struct{ echo.Router }

func (r customRouter) Route(c *echo.Context) echo.HandlerFunc {
	if c.Request().URL.Path == "/known" {
		c.InitializeRoute(&echo.RouteInfo{Method: http.MethodGet, Path: "/known", Name: "known"}, &echo.PathValues{})
		return respondOK
	}
	c.InitializeRoute(&echo.RouteInfo{Method: http.MethodGet, Path: "/*", Name: echo.NotFoundRouteName}, &echo.PathValues{})
	return func(*echo.Context) error { return echo.ErrNotFound }
}

func TestCustomRouterNotFoundHasNoRoute(t *testing.T) {
	for path, name := range map[string]string{"/known": "GET /known", "/other": "GET"} {
		rec := httpservertest.New(t, httpserver.Config{})
		e := echo.NewWithConfig(echo.Config{Router: customRouter{echo.NewRouter(echo.RouterConfig{})}})
		e.Use(Middleware(rec))
		get(t, httpservertest.Start(t, e)+path)
		if got := rec.Only().Name(); got != name {
			t.Errorf("%s: got %q, want %q", path, got, name)
		}
	}
}

// TestRouteAddedAtNotFoundPathIsFound proves that the middleware finds a route that the
// application adds after the first request, at a path that already has a RouteNotFound
// handler.
func TestRouteAddedAtNotFoundPathIsFound(t *testing.T) {
	e, rec := newApp(t)
	g := e.Group("/api", passThrough)
	url := httpservertest.Start(t, e)
	get(t, url+"/api/x")
	rec.Ended() // wait: the exchange of a 404 may end shortly after the response
	g.GET("/*", respondOK)
	get(t, url+"/api/x")
	if got := httpservertest.Names(rec.Ended()); len(got) != 2 || got[0] != "GET" || got[1] != "GET /api/*" {
		t.Errorf("got %q, want GET and then GET /api/*", got)
	}
}
