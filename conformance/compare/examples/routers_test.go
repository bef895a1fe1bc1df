package examples

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	fiberrecover "github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/reference"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/echootel"
	"github.com/samespan/samespan/fiberotel"
)

// withSomeChecks is an option that selects a few checks, since these tests test only the
// wiring, and the whole suite takes a minute for each framework.
var withSomeChecks = conformance.WithChecks(
	"parent/remote", "parent/child", "parent/middleware", "parent/downstream", "parent/baggage",
	"span/kind-name", "span/route", "span/status", "span/query",
	"error/handler", "error/panic", "error/wire-status", "error/description",
	"exclude/path", "exclude/children", "exclude/evasion", "metric/duration", "transparent/stream",
)

// TestEcho runs some checks on a service with Echo.
func TestEcho(t *testing.T) {
	conformance.Test(t, t.Run, conformance.Subject{
		Name: "orders", Framework: "Echo",
		Starter: conformance.InProcess(func(ctx context.Context, addr string, ready func()) error {
			return withService(ctx, func(tel *core.Telemetry, service *reference.Service) error {
				e := echo.New()
				e.HideBanner, e.HidePort = true, true
				e.Logger.SetOutput(io.Discard)
				e.Use(middleware.Recover(), echootel.Middleware(tel))
				for _, route := range service.Routes() {
					e.Add(route.Method, route.Path(reference.StarTemplate), echo.WrapHandler(route.Handler))
				}
				return reference.Serve(ctx, addr, e, ready)
			})
		}),
		Has:      []conformance.Capability{conformance.Exclusion, conformance.Disconnect, conformance.Metrics},
		Template: reference.StarTemplate,
	}, withSomeChecks)
}

// TestFiber runs some checks on a service with Fiber.
func TestFiber(t *testing.T) {
	conformance.Test(t, t.Run, conformance.Subject{
		Name: "orders", Framework: "Fiber",
		Starter: conformance.InProcess(func(ctx context.Context, addr string, ready func()) error {
			return withService(ctx, func(tel *core.Telemetry, service *reference.Service) error {
				app := fiber.New(fiber.Config{DisableStartupMessage: true})
				app.Use(fiberrecover.New(), fiberotel.Middleware(tel))
				// Fiber's adaptor replaces panic values by its own. So register a handler of
				// Fiber, without the adaptor.
				app.Get("/panic", func(*fiber.Ctx) error { panic("reference panic") })
				for _, route := range service.Routes() {
					app.Add(route.Method, route.Path(reference.StarTemplate), func(c *fiber.Ctx) error {
						// Fiber's adaptor does not give net/http handlers the user context.
						// So set it as the request's context.
						return adaptor.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							r = r.WithContext(c.UserContext())
							// Copy the URL: fasthttp reuses the memory of its strings
							// for the next request, and spans keep parts of the path.
							copied, err := url.ParseRequestURI(strings.Clone(r.RequestURI))
							if err != nil {
								http.Error(w, err.Error(), http.StatusBadRequest)
								return
							}
							r.URL = copied
							route.Handler.ServeHTTP(w, r)
						}))(c)
					})
				}
				served := make(chan error, 1)
				app.Hooks().OnListen(func(fiber.ListenData) error {
					ready()
					return nil
				})
				go func() { served <- app.Listen(addr) }()
				select {
				case err := <-served:
					return err
				case <-ctx.Done():
					return errors.Join(app.Shutdown(), <-served)
				}
			})
		}),
		Has:      []conformance.Capability{conformance.Exclusion, conformance.Metrics},
		Template: reference.StarTemplate,
	}, withSomeChecks)
}

// withService sets up telemetry, calls serve with the telemetry and a reference service, and
// shuts the telemetry down.
func withService(ctx context.Context, serve func(*core.Telemetry, *reference.Service) error) (err error) {
	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"), core.WithoutGlobals())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tel.Shutdown(context.WithoutCancel(ctx))) }()
	telemetry, err := Telemetry(tel.TracerProvider(), tel.MeterProvider(), tel.Propagator())
	if err != nil {
		return err
	}
	service, err := reference.New(telemetry)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	return serve(tel, service)
}
