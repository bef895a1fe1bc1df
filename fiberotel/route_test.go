package fiberotel_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/httpservertest"
	"github.com/samespan/samespan/fiberotel"
)

func ok(c *fiber.Ctx) error { return c.SendString("ok") }

// directory returns one with the file a.txt.
func directory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("file"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// routes registers a bit of everything that Fiber can route.
func routes(app *fiber.App, dir string) {
	app.Get("/", ok)
	app.Get("/process/:item_id", ok)
	app.Get("/flights/:from-:to", ok)
	app.Get("/optional/:id?", ok)
	app.Get("/number/:id<int;min(1)>", ok)
	app.Get("/wild/*", ok)
	app.Get("/plus/+", ok)
	app.Get(`/name\:verb`, ok)
	app.Get("/gone/:id", func(*fiber.Ctx) error { return fiber.ErrNotFound })
	app.Get("/missing-file", func(c *fiber.Ctx) error { return c.SendFile(filepath.Join(dir, "none.txt")) })
	app.Get("/passes/:id", func(c *fiber.Ctx) error { return c.Next() })
	app.Get("/passes/1", ok)
	app.Post("/posted", ok)
	app.All("/all/:id", ok)

	app.Use("/guarded", func(c *fiber.Ctx) error { return c.Next() })
	app.Get("/guarded/:id", ok)
	app.Use("/refused", func(*fiber.Ctx) error { return fiber.ErrUnauthorized })
	app.Get("/refused/:id", ok)
	app.Use("/answered", ok)
	app.Use("/rewritten", func(c *fiber.Ctx) error {
		c.Path("/process/1")
		return c.RestartRouting()
	})

	api := app.Group("/api", func(c *fiber.Ctx) error { return c.Next() })
	v1 := api.Group("/v1")
	v1.Get("/users/:id", ok)
	v1.Static("/assets", dir)
	app.Route("/section", func(r fiber.Router) { r.Get("/:page", ok) })

	inner := newApp()
	inner.Get("/deep/:id", ok)
	inner.Static("/files", dir)
	sub := newApp(fiber.Config{ErrorHandler: func(c *fiber.Ctx, _ error) error { return c.SendStatus(fiber.StatusTeapot) }})
	sub.Get("/", ok)
	sub.Get("/user/:id", ok)
	sub.Mount("/inner", inner)
	app.Mount("/sub", sub)

	app.Static("/static", dir)
	app.Use("/shared", func(c *fiber.Ctx) error {
		if c.Query("deny") != "" {
			return c.SendStatus(fiber.StatusForbidden)
		}
		return c.Next()
	})
	app.Static("/shared", dir)
}

var routeTests = []struct {
	method, path string
	status       int
	native       string
	braces       string
}{
	{"GET", "/", 200, "/", "/"},
	{"HEAD", "/", 200, "/", "/"},
	{"GET", "/process/12345", 200, "/process/:item_id", "/process/{item_id}"},
	{"GET", "/process/12345/", 200, "/process/:item_id", "/process/{item_id}"},
	{"GET", "/PROCESS/1", 200, "/process/:item_id", "/process/{item_id}"},
	{"HEAD", "/process/12345", 200, "/process/:item_id", "/process/{item_id}"},
	{"GET", "/flights/LAX-SFO", 200, "/flights/:from-:to", "/flights/{from}-{to}"},
	{"GET", "/optional", 200, "/optional/:id?", "/optional/{id}"},
	{"GET", "/number/7", 200, "/number/:id<int;min(1)>", "/number/{id}"},
	{"GET", "/wild/a/b", 200, "/wild/*", "/wild/{...}"},
	{"GET", "/plus/a", 200, "/plus/+", "/plus/{...}"},
	{"GET", "/name:verb", 200, `/name\:verb`, "/name:verb"},
	{"PUT", "/all/1", 200, "/all/:id", "/all/{id}"},
	{"GET", "/guarded/1", 200, "/guarded/:id", "/guarded/{id}"},
	{"GET", "/rewritten", 200, "/process/:item_id", "/process/{item_id}"},
	{"GET", "/passes/1", 200, "/passes/1", "/passes/1"},

	// A matched endpoint keeps its route when it says itself that there is
	// nothing.
	{"GET", "/gone/1", 404, "/gone/:id", "/gone/{id}"},
	{"GET", "/missing-file", 404, "/missing-file", "/missing-file"},
	{"GET", "/passes/2", 404, "/passes/:id", "/passes/{id}"},

	{"GET", "/api/v1/users/1", 200, "/api/v1/users/:id", "/api/v1/users/{id}"},
	{"GET", "/section/one", 200, "/section/:page", "/section/{page}"},
	{"GET", "/sub", 200, "/sub/", "/sub/"},
	{"GET", "/sub/user/1", 200, "/sub/user/:id", "/sub/user/{id}"},
	{"GET", "/sub/inner/deep/1", 200, "/sub/inner/deep/:id", "/sub/inner/deep/{id}"},

	{"GET", "/static/a.txt", 200, "/static/*", "/static/{...}"},
	{"HEAD", "/static/a.txt", 200, "/static/*", "/static/{...}"},
	{"GET", "/api/v1/assets/a.txt", 200, "/api/v1/assets/*", "/api/v1/assets/{...}"},
	{"GET", "/shared/a.txt", 200, "/shared/*", "/shared/{...}"},

	// What no endpoint answers has no route.
	{"GET", "/shared/a.txt?deny=1", 403, "", ""},
	{"GET", "/shared/none.txt", 404, "", ""},
	{"GET", "/static/none.txt", 404, "", ""},
	{"GET", "/none", 404, "", ""},
	{"GET", "/api/none", 404, "", ""},
	{"GET", "/number/x", 404, "", ""},
	{"GET", "/sub/none", 418, "", ""},
	{"GET", "/refused/1", 401, "", ""},
	{"GET", "/answered/1", 200, "", ""},
	{"GET", "/posted", 405, "", ""},
	{"DELETE", "/process/1", 405, "", ""},
	{"OPTIONS", "/process/1", 405, "", ""},
}

func TestRoutes(t *testing.T) {
	for format, name := range map[httpserver.RouteFormat]string{httpserver.RouteNative: "native", httpserver.RouteBraces: "braces"} {
		for _, test := range routeTests {
			t.Run(name+" "+test.method+" "+strings.TrimPrefix(test.path, "/"), func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{RouteFormat: format})
				app := instrumented(r)
				routes(app, directory(t))
				if status, _ := serve(t, app).do(test.method, test.path); status != test.status {
					t.Fatalf("got status %d, want %d", status, test.status)
				}
				want := test.native
				if format == httpserver.RouteBraces {
					want = test.braces
				}
				checkRoute(t, r, test.method, want, test.status)
			})
		}
	}
}

// checkRoute checks the name, the route and the status of the only span, and
// that the metric agrees.
func checkRoute(t *testing.T, r *httpservertest.Recorder, method, route string, status int) {
	t.Helper()
	name, wantRoute := method, any(nil)
	if route != "" {
		name, wantRoute = method+" "+route, route
	}
	span := r.Only()
	if span.Name() != name {
		t.Errorf("got name %q, want %q", span.Name(), name)
	}
	if got := attr(span, "http.route"); got != wantRoute {
		t.Errorf("got http.route %v, want %v", got, wantRoute)
	}
	if got := attr(span, "http.response.status_code"); got != int64(status) {
		t.Errorf("got http.response.status_code %v, want %d", got, status)
	}
	once(t, r)
	for _, point := range r.Points(duration) {
		if got := point.Attributes[attribute.Key("http.route")]; got != wantRoute {
			t.Errorf("got http.route %v on the metric, want %v", got, wantRoute)
		}
	}
}

// TestRootStatic has the static directory in one route with our middleware,
// because both are registered at the root.
func TestRootStatic(t *testing.T) {
	dir := directory(t)
	for path, want := range map[string]string{"/a.txt": "/*", "/none": "", "/late": "/late"} {
		t.Run(path, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumented(r)
			app.Static("/", dir)
			app.Get("/late", ok)
			status, _ := serve(t, app).do("GET", path)
			checkRoute(t, r, "GET", want, status)
		})
	}
}

func TestNotFoundHandlers(t *testing.T) {
	notFound := func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusNotFound) }
	tests := []struct {
		name     string
		register func(*fiber.App)
		want     string
	}{
		{"a last middleware", func(app *fiber.App) { app.Use(notFound) }, ""},
		{"a wildcard endpoint", func(app *fiber.App) { app.All("*", notFound) }, "/*"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumented(r)
			app.Get("/process/:id", ok)
			test.register(app)
			status, _ := serve(t, app).do("GET", "/none/1")
			checkRoute(t, r, "GET", test.want, status)
		})
	}
}

// TestPartial checks a middleware that covers only a group or an endpoint.
func TestPartial(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Group("/api", fiberotel.Middleware(r)).Get("/:id", ok)
	app.Get("/one/:id", fiberotel.Middleware(r), ok)
	app.Get("/other", ok)
	s := serve(t, app)
	s.do("GET", "/api/1")
	s.do("GET", "/one/1")
	s.do("GET", "/other")
	if got := strings.Join(httpservertest.Names(r.Ended()), ","); got != "GET /api/:id,GET /one/:id" {
		t.Errorf("got spans %s", got)
	}
}

func TestUnknownMethod(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumented(r, fiber.Config{RequestMethods: append(fiber.DefaultMethods[:len(fiber.DefaultMethods):len(fiber.DefaultMethods)], "BREW")})
	app.Add("BREW", "/pot/:id", ok)
	serve(t, app).do("BREW", "/pot/1")
	span := r.Named("HTTP /pot/:id")
	if attr(span, "http.request.method") != "_OTHER" || attr(span, "http.request.method_original") != "BREW" {
		t.Errorf("got attributes %v", span.Attributes())
	}
}
