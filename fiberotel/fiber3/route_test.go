package fiberotel_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/static"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// respondOK is a handler that responds with the body "ok".
func respondOK(c fiber.Ctx) error { return c.SendString("ok") }

// testDirectory returns a directory with the file a.txt.
func testDirectory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("file"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// registerRoutes registers routes of every kind that Fiber has, for [fibertest.Routes]. dir is
// the directory of the files that they send.
func registerRoutes(app *fiber.App, dir string) {
	app.Get("/", respondOK)
	app.Get("/process/:item_id", respondOK)
	app.Get("/flights/:from-:to", respondOK)
	app.Get("/optional/:id?", respondOK)
	app.Get("/number/:id<int;min(1)>", respondOK)
	app.Get("/wild/*", respondOK)
	app.Get("/plus/+", respondOK)
	app.Get("/shop/color::color/size::size", respondOK)
	app.Get(`/name\:verb`, respondOK)
	app.Get("/gone/:id", func(fiber.Ctx) error { return fiber.ErrNotFound })
	app.Get("/missing-file", func(c fiber.Ctx) error { return c.SendFile(filepath.Join(dir, "none.txt")) })
	app.Get("/passes/:id", func(c fiber.Ctx) error { return c.Next() })
	app.Get("/passes/1", respondOK)
	app.Post("/posted", respondOK)
	app.All("/all/:id", respondOK)

	app.Use("/guarded", func(c fiber.Ctx) error { return c.Next() })
	app.Get("/guarded/:id", respondOK)
	app.Use("/refused", func(fiber.Ctx) error { return fiber.ErrUnauthorized })
	app.Get("/refused/:id", respondOK)
	app.Use("/answered", respondOK)
	app.Use("/rewritten", func(c fiber.Ctx) error {
		c.Path("/process/1")
		return c.RestartRouting()
	})

	api := app.Group("/api", func(c fiber.Ctx) error { return c.Next() })
	v1 := api.Group("/v1")
	v1.Get("/users/:id", respondOK)
	v1.Use("/assets", static.New(dir))
	app.Route("/section", func(r fiber.Router) { r.Get("/:page", respondOK) })

	inner := newApp()
	inner.Get("/deep/:id", respondOK)
	inner.Use("/files", static.New(dir))
	sub := newApp(fiber.Config{ErrorHandler: func(c fiber.Ctx, _ error) error { return c.SendStatus(fiber.StatusTeapot) }})
	sub.Get("/", respondOK)
	sub.Get("/user/:id", respondOK)
	sub.Use("/inner", inner)
	app.Use("/sub", sub)

	app.Use("/static", static.New(dir))
	app.Use("/shared", func(c fiber.Ctx) error {
		if c.Query("deny") != "" {
			return c.SendStatus(fiber.StatusForbidden)
		}
		return c.Next()
	})
	app.Use("/shared", static.New(dir))
}

// TestRoutes proves that spans and metrics have the routes of [fibertest.Routes], in Fiber's
// format and in the format with braces.
func TestRoutes(t *testing.T) {
	for format, name := range map[httpserver.RouteFormat]string{httpserver.RouteNative: "native", httpserver.RouteBraces: "braces"} {
		for _, test := range fibertest.Routes {
			t.Run(name+" "+test.Method+" "+strings.TrimPrefix(test.Path, "/"), func(t *testing.T) {
				t.Parallel() // the shutdown of a server takes up to 100 ms
				r := httpservertest.New(t, httpserver.Config{RouteFormat: format})
				app := instrumentedApp(r)
				registerRoutes(app, testDirectory(t))
				if status, _ := serve(t, app).Do(test.Method, test.Path); status != test.Status {
					t.Fatalf("got status %d, want %d", status, test.Status)
				}
				want := test.Native
				if format == httpserver.RouteBraces {
					want = test.Braces
				}
				fibertest.CheckRoute(t, r, test.Method, want, test.Status)
			})
		}
	}
}

// TestStaticDirectoryAtRootHasRoute proves that requests for files have a route even if
// Fiber merges the static directory and our middleware into one route, since both are at
// the root.
func TestStaticDirectoryAtRootHasRoute(t *testing.T) {
	dir := testDirectory(t)
	for path, want := range map[string]string{"/a.txt": "/*", "/none": "", "/late": "/late"} {
		t.Run(path, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Use("/", static.New(dir))
			app.Get("/late", respondOK)
			status, _ := serve(t, app).Do("GET", path)
			fibertest.CheckRoute(t, r, "GET", want, status)
		})
	}
}

// TestRouteOfNotFoundHandlers proves that a request which matches no other route has a route
// if a catch-all endpoint responds with 404, and none if a middleware does.
func TestRouteOfNotFoundHandlers(t *testing.T) {
	notFound := func(c fiber.Ctx) error { return c.SendStatus(fiber.StatusNotFound) }
	tests := []struct {
		name     string
		register func(*fiber.App)
		want     string
	}{
		{"middleware", func(app *fiber.App) { app.Use(notFound) }, ""},
		{"wildcard endpoint", func(app *fiber.App) { app.All("*", notFound) }, "/*"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Get("/process/:id", respondOK)
			test.register(app)
			status, _ := serve(t, app).Do("GET", "/none/1")
			fibertest.CheckRoute(t, r, "GET", test.want, status)
		})
	}
}

// TestMiddlewareForGroupOrEndpoint proves that the middleware can be registered for a single
// group or endpoint, and does not record requests to other endpoints.
func TestMiddlewareForGroupOrEndpoint(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := newApp()
	app.Group("/api", fiberotel.Middleware(r)).Get("/:id", respondOK)
	app.Get("/one/:id", fiberotel.Middleware(r), respondOK)
	app.Get("/other", respondOK)
	s := serve(t, app)
	s.Do("GET", "/api/1")
	s.Do("GET", "/one/1")
	s.Do("GET", "/other")
	if got := strings.Join(httpservertest.Names(r.Ended()), ","); got != "GET /api/:id,GET /one/:id" {
		t.Errorf("got spans %s", got)
	}
}

// TestMethodChangedByHandler proves that a request has the route of its endpoint if a handler
// changes the method that Fiber routes by: the endpoint, or a middleware that restores it.
func TestMethodChangedByHandler(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r)
	app.Use("/override", func(c fiber.Ctx) error {
		c.Method(fiber.MethodPut)
		err := c.Next()
		c.Method(fiber.MethodPost)
		return err
	})
	app.Put("/override/:id", respondOK)
	app.Post("/changed/:id", func(c fiber.Ctx) error {
		c.Method(fiber.MethodGet)
		return respondOK(c)
	})
	s := serve(t, app)
	for _, route := range []string{"/override/:id", "/changed/:id"} {
		if status, _ := s.Do("POST", route); status != 200 {
			t.Errorf("%s: got status %d", route, status)
		}
		if got := fibertest.Attr(r.Named("POST "+route), "http.route"); got != route {
			t.Errorf("got route %v, want %s", got, route)
		}
	}
}

func TestUnknownMethodIsRecordedAsOther(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(r, fiber.Config{RequestMethods: append(fiber.DefaultMethods[:len(fiber.DefaultMethods):len(fiber.DefaultMethods)], "BREW")})
	app.Add([]string{"BREW"}, "/pot/:id", respondOK)
	serve(t, app).Do("BREW", "/pot/1")
	span := r.Named("HTTP /pot/:id")
	if fibertest.Attr(span, "http.request.method") != "_OTHER" || fibertest.Attr(span, "http.request.method_original") != "BREW" {
		t.Errorf("got attributes %v", span.Attributes())
	}
}
