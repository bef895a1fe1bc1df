package reference

import (
	"context"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/valyala/fasthttp"
)

// Fiber returns the service on a Fiber v2 app. It registers, in this order, Fiber's
// recovery, a middleware that observes errors, the instrumentation (nil for none), and the
// service's own middleware.
func Fiber(s *Service, instrument func(*fiber.App)) *fiber.App {
	app := fiber.New(fiber.Config{DisableStartupMessage: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return fiberHandleError(s, fiber2Context{c}, err, func() error { return fiber.DefaultErrorHandler(c, err) })
	}})
	adapt := func(m func(s *Service, c fiberContext, next func() error) error) {
		app.Use(func(c *fiber.Ctx) error { return m(s, fiber2Context{c}, c.Next) })
	}
	if s.Wiring.Recovery != 0 {
		adapt(fiberRecover)
	} else {
		app.Use(recover.New())
	}
	app.Use(func(c *fiber.Ctx) error {
		err := c.Next()
		s.Saw(err)
		return err
	})
	adapt(fiberOuterMiddleware)
	if s.Wiring.RewriteOutside {
		adapt(fiberRewrite)
	}
	if instrument != nil {
		instrument(app)
	}
	if s.Wiring.RewriteInside {
		adapt(fiberRewrite)
	}
	adapt(fiberInnerMiddleware)
	handle := func(handler fiberHandler) fiber.Handler {
		return func(c *fiber.Ctx) error { return handler(fiber2Context{c}) }
	}
	add := fiberRegistrar(func(method, path string, handler fiberHandler) { app.Add(method, path, handle(handler)) })
	add.registerAll(s)
	add.registerBatch(s, func() fasthttp.RequestHandler { return app.Server().Handler })
	app.Get("/panic/inside", recover.New(), handle(fiberPanic))
	users := fiber.New()
	users.Get("/users/:user_id", handle(fiberOK))
	app.Mount("/mounted", users)
	app.Static("/static", s.StaticDir())
	return app
}

// fiber2Context adapts Fiber v2's context to fiberContext.
type fiber2Context struct{ *fiber.Ctx }

func (c fiber2Context) ctx() context.Context { return c.UserContext() }

func (c fiber2Context) setCtx(ctx context.Context) { c.SetUserContext(ctx) }

func (c fiber2Context) frameworkContexts() []context.Context {
	return []context.Context{c.UserContext(), c.Context()}
}

func (c fiber2Context) requestCtx() *fasthttp.RequestCtx { return c.Context() }

func (fiber2Context) frameworkError(status int, err error) error {
	return fiber.NewError(status, err.Error())
}

func (c fiber2Context) sendFile(path string) error { return c.SendFile(path) }
