package fiberotel_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/basicauth"
	"github.com/gofiber/fiber/v3/middleware/cache"
	"github.com/gofiber/fiber/v3/middleware/compress"
	"github.com/gofiber/fiber/v3/middleware/cors"
	"github.com/gofiber/fiber/v3/middleware/csrf"
	"github.com/gofiber/fiber/v3/middleware/etag"
	"github.com/gofiber/fiber/v3/middleware/favicon"
	"github.com/gofiber/fiber/v3/middleware/healthcheck"
	"github.com/gofiber/fiber/v3/middleware/helmet"
	"github.com/gofiber/fiber/v3/middleware/idempotency"
	"github.com/gofiber/fiber/v3/middleware/keyauth"
	"github.com/gofiber/fiber/v3/middleware/limiter"
	"github.com/gofiber/fiber/v3/middleware/logger"
	"github.com/gofiber/fiber/v3/middleware/proxy"
	fiberrecover "github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/gofiber/fiber/v3/middleware/redirect"
	"github.com/gofiber/fiber/v3/middleware/requestid"
	"github.com/gofiber/fiber/v3/middleware/rewrite"
	"github.com/gofiber/fiber/v3/middleware/session"
	"github.com/gofiber/fiber/v3/middleware/static"
	"github.com/gofiber/fiber/v3/middleware/timeout"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// fixedKey replaces the random keys of middlewares, so that their responses can be compared.
func fixedKey() string { return "fixed" }

// middlewareConstructors returns constructors of middlewares that applications use. The keys
// of the map are test names. Each app needs new middlewares, since most of them have state.
// dir is a directory with files, and backend is the address of the app to which proxies send
// requests.
func middlewareConstructors(dir, backend string) map[string]func() fiber.Handler {
	callNext := func(c fiber.Ctx) error { return c.Next() }
	return map[string]func() fiber.Handler{
		"none": func() fiber.Handler { return callNext },
		"basicauth": func() fiber.Handler {
			return basicauth.New(basicauth.Config{Authorizer: func(string, string, fiber.Ctx) bool { return false }})
		},
		"cache":    func() fiber.Handler { return cache.New(cache.Config{StoreResponseHeaders: true}) },
		"compress": func() fiber.Handler { return compress.New() },
		"cors":     func() fiber.Handler { return cors.New() },
		"csrf":     func() fiber.Handler { return csrf.New(csrf.Config{KeyGenerator: fixedKey}) },
		"etag":     func() fiber.Handler { return etag.New() },
		"favicon":  func() fiber.Handler { return favicon.New() },
		"static": func() fiber.Handler {
			return static.New(dir)
		},
		"healthcheck": func() fiber.Handler {
			return healthcheck.New(healthcheck.Config{Next: func(c fiber.Ctx) bool { return c.Path() != "/items/1" }})
		},
		"helmet":      func() fiber.Handler { return helmet.New() },
		"idempotency": func() fiber.Handler { return idempotency.New() },
		"keyauth": func() fiber.Handler {
			return keyauth.New(keyauth.Config{Validator: func(fiber.Ctx, string) (bool, error) { return false, errors.New("no") }})
		},
		"limiter": func() fiber.Handler { return limiter.New(limiter.Config{Max: 9, Expiration: time.Hour}) },
		"logger":  func() fiber.Handler { return logger.New(logger.Config{Stream: io.Discard}) },
		"recover": func() fiber.Handler { return fiberrecover.New() },
		"redirect": func() fiber.Handler {
			return redirect.New(redirect.Config{Rules: map[string]string{"/moved": "/"}, StatusCode: 301})
		},
		"requestid": func() fiber.Handler { return requestid.New(requestid.Config{Generator: fixedKey}) },
		"rewrite":   func() fiber.Handler { return rewrite.New(rewrite.Config{Rules: map[string]string{"/old": "/items/1"}}) },
		"session": func() fiber.Handler {
			return session.New(session.Config{KeyGenerator: fixedKey})
		},
		"timeout": func() fiber.Handler { return timeout.New(callNext, timeout.Config{Timeout: time.Hour}) },
		"proxy": func() fiber.Handler {
			return proxy.Balancer(proxy.Config{Servers: []string{backend}, Next: func(c fiber.Ctx) bool { return c.Path() == "/stream" }})
		},
		"proxy.Do in a middleware": func() fiber.Handler {
			return func(c fiber.Ctx) error {
				if !strings.HasPrefix(c.Path(), "/items") {
					return c.Next()
				}
				return proxy.Do(c, "http://"+backend+c.OriginalURL())
			}
		},
		"response to errors": func() fiber.Handler {
			return func(c fiber.Ctx) error {
				if err := c.Next(); err != nil {
					return c.Status(fiber.StatusTeapot).SendString(err.Error())
				}
				return nil
			}
		},
		"change of the body": func() fiber.Handler {
			return func(c fiber.Ctx) error {
				err := c.Next()
				c.Response().AppendBodyString("!")
				return err
			}
		},
	}
}

// registerHandlers registers the handlers for [fibertest.Exchanges]. dir is the directory of
// the files that they send.
func registerHandlers(app *fiber.App, dir string) {
	app.Get("/", respondOK)
	app.Get("/big", func(c fiber.Ctx) error { return c.SendString(strings.Repeat("big ", 1000)) })
	app.Get("/items/:id", func(c fiber.Ctx) error { return c.SendString("item " + c.Params("id") + c.Query("x")) })
	app.Post("/echo", func(c fiber.Ctx) error { return c.Status(fiber.StatusCreated).Send(c.Body()) })
	app.Get("/file", func(c fiber.Ctx) error { return c.SendFile(filepath.Join(dir, "a.txt")) })
	app.Get("/stream", func(c fiber.Ctx) error {
		c.RequestCtx().SetBodyStreamWriter(func(w *bufio.Writer) {
			for _, chunk := range []string{"a", "b"} {
				_, _ = w.WriteString(chunk)
				_ = w.Flush()
			}
		})
		return nil
	})
	app.Get("/conflict", func(fiber.Ctx) error { return fiber.ErrConflict })
	app.Get("/boom", func(fiber.Ctx) error { return errors.New("boom") })
	app.Get("/partial", func(c fiber.Ctx) error { _ = c.SendString("partial"); return fiber.ErrBadGateway })
	app.Get("/session", func(c fiber.Ctx) error { return c.SendString(c.Cookies("session_id")) })
	app.Use("/dir", static.New(dir, static.Config{ByteRange: true}))
}

// TestOtherMiddlewaresAreUnaffected proves that our middleware does not change a response
// if another middleware is registered before or after ours.
func TestOtherMiddlewaresAreUnaffected(t *testing.T) {
	dir := testDirectory(t)
	backend := newApp()
	registerHandlers(backend, dir)
	for name, middleware := range middlewareConstructors(dir, serve(t, backend).Address) {
		for _, outside := range []bool{true, false} {
			position := "inside"
			if outside {
				position = "outside"
			}
			t.Run(name+" "+position, func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{})
				appWithout, appWith := newApp(), newApp()
				appWithout.Use(middleware())
				if outside {
					appWith.Use(middleware(), fiberotel.Middleware(r))
				} else {
					appWith.Use(fiberotel.Middleware(r), middleware())
				}
				registerHandlers(appWithout, dir)
				registerHandlers(appWith, dir)
				fibertest.Compare(t, serve(t, appWithout), serve(t, appWith), r, fibertest.Exchanges, !outside)
			})
		}
	}
}

// TestStatusOfTimeoutMiddleware proves which status the span has if Fiber's timeout
// middleware ends the context of a handler and the handler returns. The timeout middleware
// calls Next in a new goroutine. If our middleware runs in that goroutine, it does not
// observe the response, and the span has no status.
func TestStatusOfTimeoutMiddleware(t *testing.T) {
	slowHandler := func(c fiber.Ctx) error {
		<-c.Context().Done()
		return context.Cause(c.Context())
	}
	withTimeout := func(handler fiber.Handler) fiber.Handler {
		return timeout.New(handler, timeout.Config{Timeout: 10 * time.Millisecond})
	}
	callNext := func(c fiber.Ctx) error { return c.Next() }
	tests := []struct {
		name     string
		register func(*fiber.App, fiber.Handler)
		want     int
	}{
		{"timeout before our middleware", func(app *fiber.App, ourMiddleware fiber.Handler) {
			app.Use(withTimeout(callNext), ourMiddleware)
			app.Get("/slow/:id", slowHandler)
		}, 0},
		{"timeout around our middleware", func(app *fiber.App, ourMiddleware fiber.Handler) {
			app.Use(withTimeout(ourMiddleware))
			app.Get("/slow/:id", slowHandler)
		}, 0},
		{"timeout after our middleware", func(app *fiber.App, ourMiddleware fiber.Handler) {
			app.Use(ourMiddleware, withTimeout(callNext))
			app.Get("/slow/:id", slowHandler)
		}, 408},
		{"timeout around the handler", func(app *fiber.App, ourMiddleware fiber.Handler) {
			app.Use(ourMiddleware)
			app.Get("/slow/:id", withTimeout(slowHandler))
		}, 408},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := newApp()
			test.register(app, fiberotel.Middleware(r))
			if status, _ := serve(t, app).Do("GET", "/slow/1"); status != 408 {
				t.Errorf("got status %d, want 408", status)
			}
			// The handler returns at the time of the timeout, so Fiber may respond with the
			// result of the handler. In that case, the span has a status.
			if test.want == 0 && fibertest.Attr(r.Only(), "http.response.status_code") == int64(408) {
				test.want = 408
			}
			fibertest.CheckRoute(t, r, "GET", "/slow/:id", test.want)
		})
	}
}
