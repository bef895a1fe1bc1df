package ginotel_test

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

func respondOK(c *gin.Context) { c.String(http.StatusOK, "ok") }

// useEscapedPath sets the engine's field UseEscapedPath. Versions of Gin before v1.12 do
// not have this field; for these, useEscapedPath sets UseRawPath.
func useEscapedPath(r *gin.Engine) {
	if field := reflect.ValueOf(r).Elem().FieldByName("UseEscapedPath"); field.IsValid() {
		field.SetBool(true)
		return
	}
	r.UseRawPath = true
}

func TestSpanHasMatchedRoute(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("file"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		add    func(*gin.Engine)
		method string
		path   string
		status int
		// route is the wanted http.route, and braces the wanted http.route with
		// RouteBraces. Both are empty if the span must have no route.
		route  string
		braces string
	}{
		{"root", func(r *gin.Engine) { r.GET("/", respondOK) }, "GET", "/", 200, "/", "/"},
		{"static path", func(r *gin.Engine) { r.GET("/a/b", respondOK) }, "GET", "/a/b", 200, "/a/b", "/a/b"},
		{"parameter", func(r *gin.Engine) { r.GET("/process/:item_id", respondOK) }, "GET", "/process/12345", 200, "/process/:item_id", "/process/{item_id}"},
		{"prefix and parameters", func(r *gin.Engine) { r.GET("/v_:major/x/:a.b", respondOK) }, "GET", "/v_1/x/2", 200, "/v_:major/x/:a.b", "/v_{major}/x/{a.b}"},
		{"groups", func(r *gin.Engine) { r.Group("/api").Group("/v1/:tenant").GET("/users/:id", respondOK) }, "GET", "/api/v1/t/users/7", 200, "/api/v1/:tenant/users/:id", "/api/v1/{tenant}/users/{id}"},
		{"plus sign", func(r *gin.Engine) { r.GET("/c++/:x", respondOK) }, "GET", "/c++/1", 200, "/c++/:x", "/c++/{x}"},
		{"wildcard", func(r *gin.Engine) { r.GET("/files/*path", respondOK) }, "GET", "/files/a/b", 200, "/files/*path", "/files/{path...}"},
		{"any method", func(r *gin.Engine) { r.Any("/any/:x", respondOK) }, "PATCH", "/any/1", 200, "/any/:x", "/any/{x}"},
		{"static directory", func(r *gin.Engine) { r.Static("/static", dir) }, "GET", "/static/a.txt", 200, "/static/*filepath", "/static/{filepath...}"},
		{"static directory, HEAD", func(r *gin.Engine) { r.Static("/static", dir) }, "HEAD", "/static/a.txt", 200, "/static/*filepath", "/static/{filepath...}"},
		{"static directory, no such file", func(r *gin.Engine) { r.Static("/static", dir) }, "GET", "/static/nope", 404, "/static/*filepath", "/static/{filepath...}"},
		{"static file", func(r *gin.Engine) { r.StaticFile("/favicon", filepath.Join(dir, "a.txt")) }, "GET", "/favicon", 200, "/favicon", "/favicon"},
		{"mounted mux", func(r *gin.Engine) {
			mux := http.NewServeMux()
			mux.HandleFunc("/mux/{id}", func(http.ResponseWriter, *http.Request) {})
			r.Any("/mux/*rest", gin.WrapH(mux))
		}, "GET", "/mux/1", 200, "/mux/*rest", "/mux/{rest...}"},
		{"escaped slash, raw path", func(r *gin.Engine) { r.UseRawPath = true; r.GET("/process/:id/x", respondOK) }, "GET", "/process/a%2Fb/x", 200, "/process/:id/x", "/process/{id}/x"},
		{"escaped slash, escaped path", func(r *gin.Engine) { useEscapedPath(r); r.GET("/process/:id/x", respondOK) }, "GET", "/process/a%2Fb/x", 200, "/process/:id/x", "/process/{id}/x"},
		{"extra slashes", func(r *gin.Engine) { r.RemoveExtraSlash = true; r.GET("/process/:id", respondOK) }, "GET", "//process//1", 200, "/process/:id", "/process/{id}"},

		{"unmatched", func(r *gin.Engine) { r.GET("/a/:b", respondOK) }, "GET", "/nope", 404, "", ""},
		{"unmatched, no route at all", func(*gin.Engine) {}, "GET", "/", 404, "", ""},
		{"unmatched, NoRoute answers", func(r *gin.Engine) { r.NoRoute(func(c *gin.Context) { c.JSON(404, gin.H{}) }) }, "GET", "/nope", 404, "", ""},
		{"unmatched, NoRoute answers 200", func(r *gin.Engine) { r.NoRoute(respondOK) }, "GET", "/nope", 200, "", ""},
		{"unmatched, NoRoute sets another status", func(r *gin.Engine) { r.NoRoute(func(c *gin.Context) { c.Status(410) }) }, "GET", "/nope", 410, "", ""},
		{"other method, 404", func(r *gin.Engine) { r.GET("/a/:b", respondOK) }, "POST", "/a/1", 404, "", ""},
		{"HEAD of a GET route", func(r *gin.Engine) { r.GET("/a/:b", respondOK) }, "HEAD", "/a/1", 404, "", ""},
		{"other method, 405", func(r *gin.Engine) { r.HandleMethodNotAllowed = true; r.GET("/a/:b", respondOK) }, "POST", "/a/1", 405, "", ""},
		{"OPTIONS, 405", func(r *gin.Engine) { r.HandleMethodNotAllowed = true; r.GET("/a/:b", respondOK) }, "OPTIONS", "/a/1", 405, "", ""},
		{"405, NoMethod answers", func(r *gin.Engine) {
			r.HandleMethodNotAllowed = true
			r.NoMethod(func(c *gin.Context) { c.JSON(405, gin.H{}) })
			r.GET("/a/:b", respondOK)
		}, "POST", "/a/1", 405, "", ""},
		{"unknown method", func(r *gin.Engine) { r.HandleMethodNotAllowed = true; r.GET("/a/:b", respondOK) }, "FOO", "/a/1", 405, "", ""},
		{"unknown method with a route", func(r *gin.Engine) { r.Handle("FOO", "/a/:b", respondOK) }, "FOO", "/a/1", 200, "/a/:b", "/a/{b}"},

		{"re-dispatched", func(r *gin.Engine) {
			r.GET("/old/:id", func(c *gin.Context) { c.Request.URL.Path = "/new/1"; r.HandleContext(c) })
			r.GET("/new/:id", respondOK)
		}, "GET", "/old/1", 200, "/new/:id", "/new/{id}"},
		{"re-dispatched from NoRoute", func(r *gin.Engine) {
			r.NoRoute(func(c *gin.Context) { c.Request.URL.Path = "/index"; r.HandleContext(c) })
			r.GET("/index", respondOK)
		}, "GET", "/some/page", 200, "/index", "/index"},
		{"re-dispatched to nowhere", func(r *gin.Engine) {
			r.GET("/old/:id", func(c *gin.Context) { c.Request.URL.Path = "/gone"; r.HandleContext(c) })
		}, "GET", "/old/1", 404, "/old/:id", "/old/{id}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for format, route := range map[httpserver.RouteFormat]string{
				httpserver.RouteNative: test.route,
				httpserver.RouteBraces: test.braces,
			} {
				rec := httpservertest.New(t, httpserver.Config{RouteFormat: format})
				r := gin.New()
				ginotel.Use(r, rec)
				test.add(r)
				if got := serve(t, r).send(test.method, test.path, nil); got.status != test.status {
					t.Errorf("got %d from the service, want %d", got.status, test.status)
				}
				want := wantSpan{name: test.method, status: int64(test.status)}
				if test.method == "FOO" {
					want.name = "HTTP"
				}
				if route != "" {
					want.route = route
					want.name += " " + route
				}
				want.check(t, rec.Only())
				if got := checkOnePoint(t, rec).Attributes["http.route"]; got != want.route {
					t.Errorf("got http.route %v on the metric, want %v", got, want.route)
				}
			}
		})
	}
}

// TestLiteralColonsInRoutes proves that a colon that the application has escaped does not
// become a parameter.
func TestLiteralColonsInRoutes(t *testing.T) {
	bare := gin.New()
	bare.GET(`/v1/items\:batch`, respondOK)
	if serve(t, bare).send(http.MethodGet, "/v1/items:batch", nil).status == http.StatusNotFound {
		t.Skip("this version of Gin has no literal colons in routes")
	}
	for _, test := range []struct{ registered, path, native, braces string }{
		{`/v1/items\:batch`, "/v1/items:batch", "/v1/items:batch", "/v1/items:batch"},
		{`/v1/:tenant/items\:batch/x`, "/v1/batch/items:batch/x", "/v1/:tenant/items:batch/x", "/v1/{tenant}/items:batch/x"},
		{`/v1/items\:batch/*rest`, "/v1/items:batch/x", "/v1/items:batch/*rest", "/v1/items:batch/{rest...}"},
		{`/a\:b_:id`, "/a:b_7", "/a:b_:id", "/a:b_{id}"},
		{`/v1/:batch/items\:batch`, "/v1/7/items:batch", "/v1/:batch/items:batch", "/v1/{batch}/items:batch"},
	} {
		for format, want := range map[httpserver.RouteFormat]string{httpserver.RouteNative: test.native, httpserver.RouteBraces: test.braces} {
			rec := httpservertest.New(t, httpserver.Config{RouteFormat: format})
			r := gin.New()
			r.Use(func(c *gin.Context) { c.AddParam("added", "1") }) // not a parameter of the route
			ginotel.Use(r, rec)
			r.GET(test.registered, respondOK)
			if got := serve(t, r).send(http.MethodGet, test.path, nil); got.status != http.StatusOK {
				t.Errorf("%s: got status %d for %s", test.registered, got.status, test.path)
				continue
			}
			if got, _ := httpservertest.Attribute(rec.Only(), "http.route").(string); got != want {
				t.Errorf("%s: got route %q, want %q", test.registered, got, want)
			}
		}
	}
}

// TestRequestsThatRunMiddleware proves which requests record a span. This depends on whether
// routes and groups are added before or after the middleware.
func TestRequestsThatRunMiddleware(t *testing.T) {
	tests := []struct {
		name string
		// setUp registers handlers and calls use, which registers the middleware.
		setUp func(r *gin.Engine, use func())
		path  string
		// spans is the wanted number of spans.
		spans int
	}{
		{"route added after", func(r *gin.Engine, use func()) { use(); r.GET("/a", respondOK) }, "/a", 1},
		{"route added before", func(r *gin.Engine, use func()) { r.GET("/a", respondOK); use() }, "/a", 0},
		{"group made before", func(r *gin.Engine, use func()) { g := r.Group("/g"); use(); g.GET("/a", respondOK) }, "/g/a", 0},
		{"NoRoute set before", func(r *gin.Engine, use func()) { r.NoRoute(respondOK); use() }, "/nope", 1},
		{"NoRoute set after", func(r *gin.Engine, use func()) { use(); r.NoRoute(respondOK) }, "/nope", 1},
		{"NoMethod set before", func(r *gin.Engine, use func()) {
			r.HandleMethodNotAllowed = true
			r.POST("/a", respondOK)
			r.NoMethod(respondOK)
			use()
		}, "/a", 1},
		{"redirect of a trailing slash", func(r *gin.Engine, use func()) { use(); r.GET("/a/", respondOK) }, "/a", 0},
		{"redirect of a fixed path", func(r *gin.Engine, use func()) { r.RedirectFixedPath = true; use(); r.GET("/a", respondOK) }, "/A", 0},
		{"no redirect", func(r *gin.Engine, use func()) { r.RedirectTrailingSlash = false; use(); r.GET("/a/", respondOK) }, "/a", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			r := gin.New()
			test.setUp(r, func() { ginotel.Use(r, rec) })
			serve(t, r).get(test.path)
			if got := httpservertest.Names(rec.Ended()); len(got) != test.spans {
				t.Errorf("got spans %q, want %d", got, test.spans)
			}
		})
	}
}

func TestGroupMiddlewareRecordsOnlyItsGroup(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	r.GET("/outside", respondOK)
	r.Group("/api", ginotel.Middleware(rec)).GET("/x/:id", respondOK)
	s := serve(t, r)
	for _, path := range []string{"/outside", "/api/nope", "/api/x/1"} {
		s.get(path)
	}
	wantSpan{name: "GET /api/x/:id", route: "/api/x/:id", status: int64(200)}.check(t, rec.Only())
}

func TestRouteAddedWhileServingIsFound(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	ginotel.Use(r, rec)
	s := serve(t, r)
	s.get("/late/1")
	rec.Ended() // wait: the exchange of a 404 may end shortly after the response
	r.GET("/late/:id", respondOK)
	s.get("/late/1")
	if got := httpservertest.Names(rec.Ended()); len(got) != 2 || got[0] != "GET" || got[1] != "GET /late/:id" {
		t.Errorf("got spans %q, want GET and GET /late/:id", got)
	}
}

func TestSpanHasRequestAttributes(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{CapturedRequestHeaders: []string{"X-Ask"}, CapturedResponseHeaders: []string{"X-Answer"}})
	r := gin.New()
	ginotel.Use(r, rec)
	r.GET("/process/:item_id", func(c *gin.Context) { c.Header("X-Answer", "b"); respondOK(c) })
	s := serve(t, r)
	s.get("/process/1?a=b&sig=secret", "User-Agent", "probe/1", "X-Ask", "a", "traceparent", callerTraceparent)
	span := rec.Only()
	for key, want := range map[string]any{
		"http.request.method":      "GET",
		"url.path":                 "/process/1",
		"url.query":                "a=b&sig=REDACTED",
		"url.scheme":               "http",
		"server.address":           "127.0.0.1",
		"network.protocol.version": "1.1",
		"network.peer.address":     "127.0.0.1",
		"client.address":           "127.0.0.1",
		"user_agent.original":      "probe/1",
	} {
		if got := attributeOf(span, key); got != want {
			t.Errorf("got %s %v, want %v", key, got, want)
		}
	}
	for key, want := range map[string]string{"http.request.header.x-ask": "a", "http.response.header.x-answer": "b"} {
		if got, _ := attributeOf(span, key).([]string); len(got) != 1 || got[0] != want {
			t.Errorf("got %s %v, want [%s]", key, got, want)
		}
	}
	if got := attributeOf(span, "network.peer.port"); got == nil {
		t.Error("got no network.peer.port")
	}
	if got := span.Parent(); got.TraceID().String() != callerTraceID || !got.IsRemote() {
		t.Errorf("got parent %v, want the remote caller", got)
	}
	if got := span.InstrumentationScope(); got.Name != "github.com/samespan/samespan/ginotel" || got.Version != ginotel.Version || got.SchemaURL == "" {
		t.Errorf("got scope %+v, want this module, its version and a schema URL", got)
	}
	if span.Status().Code != codes.Unset {
		t.Errorf("got status %v, want Unset", span.Status())
	}
}
