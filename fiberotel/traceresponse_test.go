package fiberotel_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cache"
	"github.com/gofiber/fiber/v2/middleware/idempotency"
	"github.com/gofiber/fiber/v2/middleware/proxy"
	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestTraceResponseRefersToOwnSpan proves that each response has one header traceresponse,
// which refers to the span of its own request, even if a handler restores the headers of an
// earlier response or replaces all headers.
func TestTraceResponseRefersToOwnSpan(t *testing.T) {
	backend := newApp()
	backend.Get("/", respondOK)
	backendURL := "http://" + serve(t, backend).Address
	callNext := func(c *fiber.Ctx) error { return c.Next() }
	tests := []struct {
		name            string
		inner           fiber.Handler // a middleware after ours
		endpointHandler fiber.Handler
	}{
		{"no other middleware", callNext, respondOK},
		{"cache", cache.New(cache.Config{StoreResponseHeaders: true}), respondOK},
		{"idempotency", idempotency.New(), respondOK},
		{"proxy", callNext, func(c *fiber.Ctx) error { return proxy.Do(c, backendURL) }},
		{"response of fasthttp", callNext, func(c *fiber.Ctx) error { c.Context().Error("gone", fiber.StatusGone); return nil }},
		{"error after a reset", callNext, func(c *fiber.Ctx) error { c.Response().Reset(); return fiber.ErrConflict }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{ResponseTraceContext: true})
			app := instrumentedApp(r)
			app.Use(test.inner)
			app.All("/", test.endpointHandler)
			s := serve(t, app)
			method := "GET"
			if test.name == "idempotency" {
				method = "POST" // the middleware ignores other methods, which are safe
			}
			var got []string
			for range 2 {
				req := s.Request(method, "/", nil)
				req.Header.Set("X-Idempotency-Key", "00000000-0000-0000-0000-000000000000")
				resp, err := s.Client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				got = append(got, fmt.Sprint(resp.Header.Values("Traceresponse")))
			}
			var want []string
			for _, span := range r.Ended() {
				sc := span.SpanContext()
				want = append(want, fmt.Sprintf("[00-%v-%v-01]", sc.TraceID(), sc.SpanID()))
			}
			// The span of the first response may end after the second response was received.
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got the headers traceresponse %s, want %s, the spans of the requests", got, want)
			}
		})
	}
}

// TestResponseClosesConnectionWhileStopping proves that a response closes its connection
// while the service is stopping, even if the service began to stop while the handler ran, or
// if the handler replaced all headers of the response.
func TestResponseClosesConnectionWhileStopping(t *testing.T) {
	for name, stopEarly := range map[string]bool{"before the request": true, "during the request": false} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := instrumentedApp(r)
			app.Get("/", func(c *fiber.Ctx) error {
				r.HTTPEngine().ServerStopping()
				c.Context().Error("gone", fiber.StatusGone) // replaces all headers
				return nil
			})
			if stopEarly {
				r.HTTPEngine().ServerStopping()
			}
			s := serve(t, app)
			resp, err := s.Client.Do(s.Request("GET", "/", nil))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if !resp.Close {
				t.Error("the response does not close its connection")
			}
			fibertest.CheckRoute(t, r, "GET", "/", fiber.StatusGone)
		})
	}
}

// TestAbandonedHandlerDoesNotChangeResponse proves that the middleware does not change the
// response if its handler returns after an outer middleware has responded, as Fiber's
// deprecated timeout.New does. fasthttp may send the response at that time.
func TestAbandonedHandlerDoesNotChangeResponse(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{ResponseTraceContext: true})
	ourMiddleware := fiberotel.Middleware(r)
	started, responded, returned := make(chan struct{}), make(chan struct{}), make(chan struct{})
	app := newApp()
	app.Use(func(c *fiber.Ctx) error {
		go func() {
			defer close(returned)
			_ = ourMiddleware(c)
		}()
		<-started
		return fiber.ErrRequestTimeout
	})
	app.Get("/slow", func(*fiber.Ctx) error {
		close(started)
		<-responded
		return nil
	})
	appHandler := app.Handler()
	app.Server().Handler = func(requestCtx *fasthttp.RequestCtx) {
		appHandler(requestCtx)
		requestCtx.Response.Header.Del("Traceresponse")
		close(responded)
		<-returned
	}
	s := serve(t, app)
	resp, err := s.Client.Do(s.Request("GET", "/slow", nil))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if got := resp.Header.Values("Traceresponse"); resp.StatusCode != fiber.StatusRequestTimeout || len(got) > 0 {
		t.Errorf("got status %d and the headers traceresponse %q, want 408 and none", resp.StatusCode, got)
	}
}
