package echootel

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

func respondOK(c echo.Context) error { return c.String(http.StatusOK, "ok") }

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
	e.GET("/files/*", respondOK)
	e.StaticFS("/static/", os.DirFS(dir))
	e.Any("/any/:id", respondOK)
	e.GET("/gone", func(echo.Context) error { return echo.ErrNotFound })
	e.GET("/named", func(c echo.Context) error {
		c.SetPath("/renamed")
		return respondOK(c)
	})
	e.Router().Add(http.MethodGet, "/direct/:id", respondOK)

	plainGroup := e.Group("/plain")
	plainGroup.GET("/:id", respondOK)
	apiGroup := e.Group("/api", passThrough)
	apiGroup.GET("", respondOK)
	apiGroup.GET("/users/:id", respondOK)
	apiGroup.Group("/admin", passThrough).GET("/:name/*", respondOK)
	ownGroup := e.Group("/own", passThrough)
	ownGroup.RouteNotFound("/*", func(c echo.Context) error { return c.String(http.StatusTeapot, "none") })
	ownGroup.GET("/*", respondOK)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /mounted/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	e.Any("/mounted/*", echo.WrapHandler(mux))

	hostGroup := e.Host("tenant.example", passThrough)
	hostGroup.GET("/tenants/:id", respondOK)
}

func TestRouteIsRegisteredPath(t *testing.T) {
	tests := []struct {
		method, path, host string
		status             int
		// route is the wanted http.route, or "" if the span must have none. braces is the
		// wanted http.route with RouteBraces, or "" if it is equal to route.
		route, braces string
	}{
		{path: "/", status: 200, route: "/"},
		{path: "/process/12345", status: 200, route: "/process/:item_id", braces: "/process/{item_id}"},
		{path: "/process/a%2Fb", status: 200, route: "/process/:item_id", braces: "/process/{item_id}"},
		{path: "/v1/items:batch/7", status: 200, route: `/v1/items\:batch/:id`, braces: "/v1/items:batch/{id}"},
		{path: "/files/a/b/c", status: 200, route: "/files/*", braces: "/files/{...}"},
		{path: "/files/", status: 200, route: "/files/*", braces: "/files/{...}"},
		{path: "/static/a.txt", status: 200, route: "/static/*", braces: "/static/{...}"},
		{path: "/static/none.txt", status: 404, route: "/static/*", braces: "/static/{...}"},
		{method: "PATCH", path: "/any/1", status: 200, route: "/any/:id", braces: "/any/{id}"},
		{path: "/gone", status: 404, route: "/gone"},
		{path: "/named", status: 200, route: "/renamed"},
		{path: "/direct/1", status: 200, route: "/direct/:id", braces: "/direct/{id}"},
		{path: "/plain/1", status: 200, route: "/plain/:id", braces: "/plain/{id}"},
		{path: "/api", status: 200, route: "/api"},
		{path: "/api/users/1", status: 200, route: "/api/users/:id", braces: "/api/users/{id}"},
		{path: "/api/admin/x/y/z", status: 200, route: "/api/admin/:name/*", braces: "/api/admin/{name}/{...}"},
		{path: "/own/x", status: 200, route: "/own/*", braces: "/own/{...}"},
		{path: "/mounted/1", status: 202, route: "/mounted/*", braces: "/mounted/{...}"},
		{path: "/tenants/1", host: "tenant.example", status: 200, route: "/tenants/:id", braces: "/tenants/{id}"},

		{path: "/none", status: 404},
		{path: "/plain", status: 404},
		{path: "/api/none", status: 404},
		{path: "/api/users", status: 404},
		{path: "/api/admin/none", status: 404},
		{method: "POST", path: "/own/x", status: 418},
		{method: "POST", path: "/api", status: 404},
		{path: "/tenants/1", status: 404},
		{path: "/none", host: "tenant.example", status: 404},
		{path: "/process/1", host: "tenant.example", status: 404},
		{method: "POST", path: "/process/1", status: 405},
		{method: "HEAD", path: "/process/1", status: 405},
		{method: "OPTIONS", path: "/process/1", status: 204},
		{method: "QUERY", path: "/any/1", status: 405},
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
				t.Run(registered+" "+test.method+" "+test.host+test.path+" "+want, func(t *testing.T) {
					rec := httpservertest.New(t, httpserver.Config{RouteFormat: format})
					e := echo.New()
					if registered == "Use" {
						e.Use(Middleware(rec))
					} else {
						e.Pre(Middleware(rec))
					}
					addRoutes(t, e)
					var header []string
					if test.host != "" {
						header = []string{"Host", test.host}
					}
					url := httpservertest.Start(t, e) + test.path
					// The second request finds the route in the middleware's cache.
					for range 2 {
						if got := httpservertest.Send(t, test.method, url, nil, header...); got.StatusCode != test.status {
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
	e.Pre(Middleware(rec), middleware.RemoveTrailingSlashWithConfig(middleware.TrailingSlashConfig{RedirectCode: http.StatusMovedPermanently}))
	e.GET("/a", respondOK)
	if got := get(t, httpservertest.Start(t, e)+"/a/"); got.StatusCode != http.StatusMovedPermanently {
		t.Fatalf("status: got %d, want 301", got.StatusCode)
	}
	if got := rec.Only().Name(); got != "GET" {
		t.Errorf("name: got %q, want GET", got)
	}
}

// TestCachedRouteAllocatesNothing proves that looking up a cached route allocates nothing,
// even if there are many routes.
func TestCachedRouteAllocatesNothing(t *testing.T) {
	e := echo.New()
	e.Group("/api", passThrough).GET("/*", respondOK)
	for i := range 1000 {
		e.GET("/x/"+strconv.Itoa(i)+"/:id", respondOK)
	}
	r := new(routeFinder)
	for _, test := range []struct{ path, route string }{
		{"/api/x", "/api/*"},
		{"/x/7/1", "/x/7/:id"},
		{"/x/8/1", "/x/8/:id"},
	} {
		c := e.NewContext(httptest.NewRequest(http.MethodGet, test.path, http.NoBody), nil)
		e.Router().Find(http.MethodGet, test.path, c)
		if got, certain := r.routeOf(c); got != test.route || !certain {
			t.Errorf("%s: got route %q, certain %v, want %q", test.path, got, certain, test.route)
		}
		if n := testing.AllocsPerRun(100, func() { r.routeOf(c) }); n != 0 {
			t.Errorf("%s: got %v allocations, want none", test.path, n)
		}
	}
}

// TestUnknownPathsHaveNoRoute proves that a request has no route if no route has its method
// and path, even if its method is one that HTTP does not define.
func TestUnknownPathsHaveNoRoute(t *testing.T) {
	e := echo.New()
	e.Group("/api", passThrough).GET("/*", respondOK)
	e.Group("/none", passThrough)
	r := new(routeFinder)
	for _, test := range []struct{ method, path string }{
		{"POST", "/api/x"},
		{"BREW", "/api/x"},
		{unusedMethod, "/api/x"},
		{echo.RouteNotFound, "/api/x"},
		{"GET", "/none/x"},
		{"GET", "/nothing"},
	} {
		request := httptest.NewRequest(http.MethodGet, test.path, http.NoBody)
		request.Method = test.method
		c := e.NewContext(request, nil)
		e.Router().Find(test.method, test.path, c)
		if got, certain := r.routeOf(c); got != "" || !certain {
			t.Errorf("%s %s: got route %q, certain %v, want none", test.method, test.path, got, certain)
		}
	}
}

// TestRoutesAreFoundWhileOthersAreAdded proves that the middleware finds routes while the
// application adds other routes. Echo's router allows that for different parts of its tree.
// Echo's map of routes does not: if the middleware read that map, the process would crash
// because of a concurrent map access.
func TestRoutesAreFoundWhileOthersAreAdded(t *testing.T) {
	e, rec := newApp(t)
	e.Group("/api", passThrough).GET("/known", respondOK)
	e.GET("/late/0/:id", respondOK)
	url := httpservertest.Start(t, e)
	routesAdded := make(chan struct{})
	go func() {
		defer close(routesAdded)
		for i := range 2000 {
			e.GET("/late/0/:id/"+strconv.Itoa(i), respondOK)
		}
	}()
	for serving := true; serving; {
		get(t, url+"/api/none")
		get(t, url+"/api/known")
		select {
		case <-routesAdded:
			serving = false
		default:
		}
	}
	for _, span := range rec.Ended() {
		if name := span.Name(); name != "GET" && name != "GET /api/known" {
			t.Fatalf("got name %q, want GET or GET /api/known", name)
		}
	}
}

// TestCachedRoutersAreLimited proves that the number of cached routers is limited, even if
// an application creates any number of routers.
func TestCachedRoutersAreLimited(t *testing.T) {
	r := new(routeFinder)
	for range 2*maxRouters + 1 {
		e := echo.New()
		e.Group("/api", passThrough).GET("/x", respondOK)
		for path, want := range map[string]string{"/api/x": "/api/x", "/api/y": ""} {
			c := e.NewContext(httptest.NewRequest(http.MethodGet, path, http.NoBody), nil)
			e.Router().Find(http.MethodGet, path, c)
			if got, _ := r.routeOf(c); got != want {
				t.Fatalf("%s: got route %q, want %q", path, got, want)
			}
		}
	}
	cachedRouters := 0
	r.caches.Range(func(any, any) bool { cachedRouters++; return true })
	if cachedRouters > maxRouters {
		t.Errorf("got %d routers kept, want no more than %d", cachedRouters, maxRouters)
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
