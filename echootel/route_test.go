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
	"github.com/samespan/samespan/core/httpserver/httpservertest"
)

func ok(c echo.Context) error { return c.String(http.StatusOK, "ok") }

func pass(next echo.HandlerFunc) echo.HandlerFunc { return next }

// addRoutes registers one of each kind of route.
func addRoutes(t *testing.T, e *echo.Echo) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	e.GET("/", ok)
	e.GET("/process/:item_id", ok)
	e.GET(`/v1/items\:batch/:id`, ok)
	e.GET("/files/*", ok)
	e.StaticFS("/static/", os.DirFS(dir))
	e.Any("/any/:id", ok)
	e.GET("/gone", func(echo.Context) error { return echo.ErrNotFound })
	e.GET("/named", func(c echo.Context) error {
		c.SetPath("/renamed")
		return ok(c)
	})
	e.Router().Add(http.MethodGet, "/direct/:id", ok)

	plain := e.Group("/plain")
	plain.GET("/:id", ok)
	api := e.Group("/api", pass)
	api.GET("", ok)
	api.GET("/users/:id", ok)
	api.Group("/admin", pass).GET("/:name/*", ok)
	own := e.Group("/own", pass)
	own.RouteNotFound("/*", func(c echo.Context) error { return c.String(http.StatusTeapot, "none") })
	own.GET("/*", ok)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /mounted/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	e.Any("/mounted/*", echo.WrapHandler(mux))

	host := e.Host("tenant.example", pass)
	host.GET("/tenants/:id", ok)
}

func TestRoute(t *testing.T) {
	tests := []struct {
		method, path, host string
		status             int
		// route is http.route, "" for none; braces is it in the other format.
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
					// Twice: the first request reads the routes, the second finds them read.
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

func TestRouteAddedLater(t *testing.T) {
	e, rec := newApp(t)
	url := httpservertest.Start(t, e)
	get(t, url+"/later")
	rec.Ended() // the end of a 404 may come a moment after its answer
	e.GET("/later", ok)
	get(t, url+"/later")
	if got := httpservertest.Names(rec.Ended()); len(got) != 2 || got[0] != "GET" || got[1] != "GET /later" {
		t.Errorf("got %q, want GET and then GET /later", got)
	}
}

func TestRouteKnownToSampler(t *testing.T) {
	sampler := httpservertest.NewSampler()
	rec := httpservertest.NewSampled(t, httpserver.Config{}, sampler)
	e := echo.New()
	e.Use(Middleware(rec))
	e.Group("/api", pass).GET("/users/:id", ok)
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

func TestRedirectInPre(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.Pre(Middleware(rec), middleware.RemoveTrailingSlashWithConfig(middleware.TrailingSlashConfig{RedirectCode: http.StatusMovedPermanently}))
	e.GET("/a", ok)
	if got := get(t, httpservertest.Start(t, e)+"/a/"); got.StatusCode != http.StatusMovedPermanently {
		t.Fatalf("status: got %d, want 301", got.StatusCode)
	}
	if got := rec.Only().Name(); got != "GET" {
		t.Errorf("name: got %q, want GET", got)
	}
}

// TestRoutesAreReadOnce asks for what is not found, by methods of the client's
// choice, and for routes: neither is to cost more where there are many routes.
func TestRoutesAreReadOnce(t *testing.T) {
	e := echo.New()
	e.Group("/api", pass).GET("/*", ok)
	for i := range 1000 {
		e.GET("/x/"+strconv.Itoa(i)+"/:id", ok)
	}
	r := new(routes)
	for _, test := range []struct{ method, path, route string }{
		{"GET", "/api/x", "/api/*"},
		{"POST", "/api/x", ""},
		{"BREW", "/api/x", ""},
		{echo.RouteNotFound, "/api/x", ""},
		{"GET", "/x/7/1", "/x/7/:id"},
		{"GET", "/x/8/1", "/x/8/:id"},
	} {
		c := e.NewContext(httptest.NewRequest(test.method, test.path, http.NoBody), nil)
		e.Router().Find(test.method, test.path, c)
		if got := r.of(c); got != test.route {
			t.Errorf("%s %s: got route %q, want %q", test.method, test.path, got, test.route)
		}
		if n := testing.AllocsPerRun(100, func() { r.of(c) }); n != 0 {
			t.Errorf("%s %s: got %v allocations, want none", test.method, test.path, n)
		}
	}
}

// TestRoutesAddedWhileServing adds a route before each request for a known one.
// Echo's list of its routes must not be read then: it would end the process if
// the route were added at that moment.
func TestRoutesAddedWhileServing(t *testing.T) {
	e := echo.New()
	e.Group("/api", pass).GET("/*", ok)
	e.GET("/known", ok)
	r := new(routes)
	find := func(path, want string) {
		t.Helper()
		c := e.NewContext(httptest.NewRequest(http.MethodGet, path, http.NoBody), nil)
		e.Router().Find(http.MethodGet, path, c)
		if got := r.of(c); got != want {
			t.Errorf("%s: got route %q, want %q", path, got, want)
		}
	}
	find("/known", "/known")
	before, _ := r.read.Load(e.Router())
	for i, known := range []struct{ path, route string }{{"/known", "/known"}, {"/api/x", "/api/*"}} {
		e.GET("/late/"+strconv.Itoa(i), ok)
		find(known.path, known.route)
		if now, _ := r.read.Load(e.Router()); now != before {
			t.Errorf("%s: the routes were read again for one that is known", known.path)
		}
	}
	find("/late/1", "/late/1")
	if now, _ := r.read.Load(e.Router()); now == before {
		t.Error("the routes were not read again for a new one")
	}
}

// TestRoutersKeptAreBounded has more routers than are kept, which is what an
// application does that makes its own anew.
func TestRoutersKeptAreBounded(t *testing.T) {
	r := new(routes)
	for range 2*maxRouters + 1 {
		e := echo.New()
		e.Group("/api", pass).GET("/x", ok)
		for path, want := range map[string]string{"/api/x": "/api/x", "/api/y": ""} {
			c := e.NewContext(httptest.NewRequest(http.MethodGet, path, http.NoBody), nil)
			e.Router().Find(http.MethodGet, path, c)
			if got := r.of(c); got != want {
				t.Fatalf("%s: got route %q, want %q", path, got, want)
			}
		}
	}
	kept := 0
	r.read.Range(func(any, any) bool { kept++; return true })
	if kept > maxRouters {
		t.Errorf("got %d routers kept, want no more than %d", kept, maxRouters)
	}
}

// TestRoutesCounted holds the count that is read from a field of the router
// against the list of its routes.
func TestRoutesCounted(t *testing.T) {
	e := echo.New()
	e.Group("/api", pass).GET("/x", ok)
	e.GET("/y", ok)
	want := len(e.Router().Routes())
	if got := countRoutes(e.Router()); got != want || routesField == nil {
		t.Errorf("got %d routes by the field %v, want %d", got, routesField, want)
	}
	defer func(field []int) { routesField = field }(routesField)
	routesField = nil
	if got := countRoutes(e.Router()); got != want {
		t.Errorf("got %d routes without a field, want %d", got, want)
	}
}

// TestRouteAddedOverCatchAll adds a route with the path of one that is for
// what is not found.
func TestRouteAddedOverCatchAll(t *testing.T) {
	e, rec := newApp(t)
	g := e.Group("/api", pass)
	url := httpservertest.Start(t, e)
	get(t, url+"/api/x")
	rec.Ended() // the end of a 404 may come a moment after its answer
	g.GET("/*", ok)
	get(t, url+"/api/x")
	if got := httpservertest.Names(rec.Ended()); len(got) != 2 || got[0] != "GET" || got[1] != "GET /api/*" {
		t.Errorf("got %q, want GET and then GET /api/*", got)
	}
}
