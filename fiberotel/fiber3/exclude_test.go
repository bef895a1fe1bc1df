package fiberotel_test

import (
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestExclusionReadsPathsLikeRouter proves that exclusion rules read paths as Fiber's
// router does.
func TestExclusionReadsPathsLikeRouter(t *testing.T) {
	tests := []struct {
		name, rule, path string
		config           fiber.Config
		status           int
		excluded         bool
	}{
		{"same case", "healthz", "/healthz", fiber.Config{}, 200, true},
		{"upper case", "healthz", "/HEALTHZ", fiber.Config{}, 200, true},
		{"rule in another case", "HealthZ", "/healthz", fiber.Config{}, 200, true},
		{"exact rule", "=/healthz", "/HealthZ", fiber.Config{}, 200, true},
		{"glob", "/*z", "/HealthZ", fiber.Config{}, 200, true},
		{"expression", "~^/health", "/HealthZ", fiber.Config{}, 200, true},
		{"with a method", "GET /healthz", "/HealthZ", fiber.Config{}, 200, true},
		{"with a slash", "healthz", "/HEALTHZ/", fiber.Config{}, 200, true},
		{"path below", "files", "/FILES/a", fiber.Config{}, 200, true},
		{"case-sensitive", "healthz", "/HEALTHZ", fiber.Config{CaseSensitive: true}, 404, false},
		{"case-sensitive, same case", "healthz", "/healthz", fiber.Config{CaseSensitive: true}, 200, true},
		{"escaped, not unescaped by the router", "healthz", "/%68ealthz", fiber.Config{}, 404, false},
		{"escaped, unescaped by the router", "healthz", "/%48ealthz", fiber.Config{UnescapePath: true}, 200, true},
		{"encoded slash", "docs", "/docs%2Fx", fiber.Config{}, 404, false},
		{"encoded slash under a parameter", "files", "/files%2Fx", fiber.Config{UnescapePath: true}, 200, false},
		{"dot segment", "docs", "/docs/../healthz", fiber.Config{}, 404, false},
		{"part of a segment", "health", "/HEALTHZ", fiber.Config{}, 200, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{Exclude: []string{test.rule}})
			app := instrumentedApp(r, test.config)
			app.Get("/healthz", respondOK)
			app.Get("/files/:name", respondOK)
			if status, _ := serve(t, app).Do("GET", test.path); status != test.status {
				t.Errorf("got status %d, want %d", status, test.status)
			}
			if got := len(r.Ended()) == 0; got != test.excluded {
				t.Errorf("got excluded %v, want %v", got, test.excluded)
			}
		})
	}
}

// TestTargetCannotHideRequest proves that a request is recorded if the router reads another
// path in its target than the one that an exclusion rule matches.
func TestTargetCannotHideRequest(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
	}{
		{"host in the path", []string{"GET //healthz/admin HTTP/1.0"}},
		{"host in the path, empty Host", []string{"GET //healthz/admin HTTP/1.1", "Host: "}},
		{"URL in the query", []string{"GET healthz?u=http://x/admin HTTP/1.1", "Host: x"}},
		{"URL in the query, no Host", []string{"GET healthz?u=http://x/admin HTTP/1.0"}},
	}
	for _, test := range tests {
		for _, rule := range []string{"**/healthz/**", "~healthz"} {
			t.Run(test.name+", "+rule, func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{Exclude: []string{rule}})
				app := instrumentedApp(r)
				app.Get("/admin", respondOK)
				conn, reader := serve(t, app).Dial()
				fibertest.Write(t, conn, append(test.lines, "Connection: close")...)
				if fibertest.Answer(t, reader) != 200 {
					return // this version of fasthttp does not read /admin in this target
				}
				fibertest.CheckRoute(t, r, "GET", "/admin", 200)
			})
		}
	}
}

// TestSubRequestsDoNotChangeSpan proves that the span of a request does not change if its
// handler passes other requests to the same app, even if these requests have the context of
// the handler's request.
func TestSubRequestsDoNotChangeSpan(t *testing.T) {
	// parentKey is a key of user values. Its value in a sub-request is Fiber's context of the
	// handler's request.
	type parentKey struct{}
	tests := []struct {
		name   string
		path   string
		panics bool
	}{
		{"another route", "/items/1", false},
		{"an error", "/boom", false},
		{"no route", "/none", false},
		{"a panic", "/panic", true},
		{"its own route", "/batch/2", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := newApp()
			app.Use(func(c fiber.Ctx) error {
				if outer, ok := c.RequestCtx().UserValue(parentKey{}).(fiber.Ctx); ok {
					c.SetContext(outer.Context())
				}
				return c.Next()
			})
			app.Use(fiberotel.Middleware(r))
			app.Get("/items/:id", respondOK)
			app.Get("/boom", func(fiber.Ctx) error { return fiber.ErrBadGateway })
			app.Get("/panic", panicHandler("boom"))
			app.Get("/batch/:id", func(c fiber.Ctx) error {
				if c.Params("id") != "1" {
					return c.SendStatus(fiber.StatusTeapot)
				}
				for range 2 {
					var sub fasthttp.RequestCtx
					sub.Init(&fasthttp.Request{}, nil, nil)
					sub.Request.SetRequestURI(test.path)
					sub.SetUserValue(parentKey{}, c)
					func() {
						defer func() {
							if test.panics {
								_ = recover()
							}
						}()
						app.Handler()(&sub)
					}()
				}
				_, span := r.Tracer().Start(c.Context(), "after")
				span.End()
				return c.SendStatus(fiber.StatusMultiStatus)
			})
			if status, _ := serve(t, app).Do("GET", "/batch/1"); status != fiber.StatusMultiStatus {
				t.Errorf("got status %d", status)
			}
			span := r.Named("GET /batch/:id")
			if got := fibertest.Attr(span, "http.response.status_code"); got != int64(fiber.StatusMultiStatus) {
				t.Errorf("got status %v, want the batch's own", got)
			}
			if got := fibertest.Attr(span, "error.type"); got != nil || len(span.Events()) != 0 {
				t.Errorf("got error.type %v, events %v, want none of a sub-request", got, span.Events())
			}
			if r.Named("after").Parent().SpanID() != span.SpanContext().SpanID() {
				t.Error("the span after the sub-requests is not the batch's child")
			}
			if got := len(r.Ended()); got != 2 {
				t.Errorf("got %d spans, want the batch's and its child: %v", got, httpservertest.Names(r.Ended()))
			}
			fibertest.CheckOnce(t, r)
		})
	}
}
