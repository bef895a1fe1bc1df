package fiberotel_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/basicauth"
	"github.com/gofiber/fiber/v2/middleware/cache"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/gofiber/fiber/v2/middleware/csrf"
	"github.com/gofiber/fiber/v2/middleware/etag"
	"github.com/gofiber/fiber/v2/middleware/favicon"
	"github.com/gofiber/fiber/v2/middleware/filesystem"
	"github.com/gofiber/fiber/v2/middleware/healthcheck"
	"github.com/gofiber/fiber/v2/middleware/helmet"
	"github.com/gofiber/fiber/v2/middleware/idempotency"
	"github.com/gofiber/fiber/v2/middleware/keyauth"
	"github.com/gofiber/fiber/v2/middleware/limiter"
	"github.com/gofiber/fiber/v2/middleware/logger"
	"github.com/gofiber/fiber/v2/middleware/proxy"
	fiberrecover "github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/gofiber/fiber/v2/middleware/redirect"
	"github.com/gofiber/fiber/v2/middleware/requestid"
	"github.com/gofiber/fiber/v2/middleware/rewrite"
	"github.com/gofiber/fiber/v2/middleware/session"
	"github.com/gofiber/fiber/v2/middleware/timeout"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
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
	callNext := func(c *fiber.Ctx) error { return c.Next() }
	return map[string]func() fiber.Handler{
		"none":      func() fiber.Handler { return callNext },
		"basicauth": func() fiber.Handler { return basicauth.New(basicauth.Config{Users: map[string]string{"a": "b"}}) },
		"cache":     func() fiber.Handler { return cache.New(cache.Config{StoreResponseHeaders: true}) },
		"compress":  func() fiber.Handler { return compress.New() },
		"cors":      func() fiber.Handler { return cors.New() },
		"csrf":      func() fiber.Handler { return csrf.New(csrf.Config{KeyGenerator: fixedKey}) },
		"etag":      func() fiber.Handler { return etag.New() },
		"favicon":   func() fiber.Handler { return favicon.New() },
		"filesystem": func() fiber.Handler {
			return filesystem.New(filesystem.Config{
				Root: http.Dir(dir), Next: func(c *fiber.Ctx) bool { return !strings.HasSuffix(c.Path(), ".txt") },
			})
		},
		"healthcheck": func() fiber.Handler {
			return healthcheck.New(healthcheck.Config{LivenessEndpoint: "/items/1"})
		},
		"helmet":      func() fiber.Handler { return helmet.New() },
		"idempotency": func() fiber.Handler { return idempotency.New() },
		"keyauth": func() fiber.Handler {
			return keyauth.New(keyauth.Config{Validator: func(*fiber.Ctx, string) (bool, error) { return false, errors.New("no") }})
		},
		"limiter": func() fiber.Handler { return limiter.New(limiter.Config{Max: 9, Expiration: time.Hour}) },
		"logger":  func() fiber.Handler { return logger.New(logger.Config{Output: io.Discard}) },
		"recover": func() fiber.Handler { return fiberrecover.New() },
		"redirect": func() fiber.Handler {
			return redirect.New(redirect.Config{Rules: map[string]string{"/moved": "/"}, StatusCode: 301})
		},
		"requestid": func() fiber.Handler { return requestid.New(requestid.Config{Generator: fixedKey}) },
		"rewrite":   func() fiber.Handler { return rewrite.New(rewrite.Config{Rules: map[string]string{"/old": "/items/1"}}) },
		"session": func() fiber.Handler {
			store := session.New(session.Config{KeyGenerator: fixedKey})
			return func(c *fiber.Ctx) error {
				s, err := store.Get(c)
				if err != nil {
					return err
				}
				s.Set("path", c.Path())
				if err := s.Save(); err != nil {
					return err
				}
				return c.Next()
			}
		},
		"timeout": func() fiber.Handler { return timeout.NewWithContext(callNext, time.Hour) },
		"proxy": func() fiber.Handler {
			return proxy.Balancer(proxy.Config{Servers: []string{backend}, Next: func(c *fiber.Ctx) bool { return c.Path() == "/stream" }})
		},
		"proxy.Do in a middleware": func() fiber.Handler {
			return func(c *fiber.Ctx) error {
				if !strings.HasPrefix(c.Path(), "/items") {
					return c.Next()
				}
				return proxy.Do(c, "http://"+backend+c.OriginalURL())
			}
		},
		"response to errors": func() fiber.Handler {
			return func(c *fiber.Ctx) error {
				if err := c.Next(); err != nil {
					return c.Status(fiber.StatusTeapot).SendString(err.Error())
				}
				return nil
			}
		},
		"change of the body": func() fiber.Handler {
			return func(c *fiber.Ctx) error {
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
	app.Get("/big", func(c *fiber.Ctx) error { return c.SendString(strings.Repeat("big ", 1000)) })
	app.Get("/items/:id", func(c *fiber.Ctx) error { return c.SendString("item " + c.Params("id") + c.Query("x")) })
	app.Post("/echo", func(c *fiber.Ctx) error { return c.Status(fiber.StatusCreated).Send(c.Body()) })
	app.Get("/file", func(c *fiber.Ctx) error { return c.SendFile(filepath.Join(dir, "a.txt")) })
	app.Get("/stream", func(c *fiber.Ctx) error {
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			for _, chunk := range []string{"a", "b"} {
				_, _ = w.WriteString(chunk)
				_ = w.Flush()
			}
		})
		return nil
	})
	app.Get("/conflict", func(*fiber.Ctx) error { return fiber.ErrConflict })
	app.Get("/boom", func(*fiber.Ctx) error { return errors.New("boom") })
	app.Get("/partial", func(c *fiber.Ctx) error { _ = c.SendString("partial"); return fiber.ErrBadGateway })
	app.Get("/session", func(c *fiber.Ctx) error { return c.SendString(c.Cookies("session_id")) })
	app.Static("/dir", dir, fiber.Static{ByteRange: true})
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

// TestStatusOfTimeoutMiddleware proves that the span has the status 408 if Fiber's timeout
// middleware ends the context of a handler and the handler returns.
func TestStatusOfTimeoutMiddleware(t *testing.T) {
	slowHandler := func(c *fiber.Ctx) error {
		<-c.UserContext().Done()
		return context.Cause(c.UserContext())
	}
	withTimeout := func(handler fiber.Handler) fiber.Handler { return timeout.NewWithContext(handler, 10*time.Millisecond) }
	callNext := func(c *fiber.Ctx) error { return c.Next() }
	for name, register := range map[string]func(*fiber.App, fiber.Handler){
		"timeout before our middleware": func(app *fiber.App, ourMiddleware fiber.Handler) {
			app.Use(withTimeout(callNext), ourMiddleware)
			app.Get("/slow/:id", slowHandler)
		},
		"timeout around our middleware": func(app *fiber.App, ourMiddleware fiber.Handler) {
			app.Use(withTimeout(ourMiddleware))
			app.Get("/slow/:id", slowHandler)
		},
		"timeout after our middleware": func(app *fiber.App, ourMiddleware fiber.Handler) {
			app.Use(ourMiddleware, withTimeout(callNext))
			app.Get("/slow/:id", slowHandler)
		},
		"timeout around the handler": func(app *fiber.App, ourMiddleware fiber.Handler) {
			app.Use(ourMiddleware)
			app.Get("/slow/:id", withTimeout(slowHandler))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := newApp()
			register(app, fiberotel.Middleware(r))
			if status, _ := serve(t, app).Do("GET", "/slow/1"); status != 408 {
				t.Errorf("got status %d, want 408", status)
			}
			fibertest.CheckRoute(t, r, "GET", "/slow/:id", 408)
		})
	}
}
