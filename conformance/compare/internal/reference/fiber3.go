package reference

import (
	"context"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/gofiber/fiber/v3/middleware/static"
	"github.com/valyala/fasthttp"
)

// Fiber3 is like [Fiber], on Fiber v3.
func Fiber3(s *Service, instrument func(*fiber.App)) *fiber.App {
	app := fiber.New(fiber.Config{ErrorHandler: func(c fiber.Ctx, err error) error {
		return fiberHandleError(s, fiber3Context{c}, err, func() error { return fiber.DefaultErrorHandler(c, err) })
	}})
	adapt := func(m func(s *Service, c fiberContext, next func() error) error) {
		app.Use(func(c fiber.Ctx) error { return m(s, fiber3Context{c}, c.Next) })
	}
	if s.Wiring.Recovery != 0 {
		adapt(fiberRecover)
	} else {
		app.Use(recover.New())
	}
	app.Use(func(c fiber.Ctx) error {
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
		return func(c fiber.Ctx) error { return handler(fiber3Context{c}) }
	}
	add := fiberRegistrar(func(method, path string, handler fiberHandler) { app.Add([]string{method}, path, handle(handler)) })
	add.registerAll(s)
	add.registerBatch(s, func() fasthttp.RequestHandler { return app.Server().Handler })
	app.Get("/panic/inside", recover.New(), handle(fiberPanic))
	users := fiber.New()
	users.Get("/users/:user_id", handle(fiberOK))
	app.Use("/mounted", users)
	app.Get("/static/*", static.New(s.StaticDir()))
	return app
}

// fiber3Context adapts Fiber v3's context to fiberContext.
type fiber3Context struct{ fiber.Ctx }

func (c fiber3Context) ctx() context.Context { return c.Context() }

func (c fiber3Context) setCtx(ctx context.Context) { c.SetContext(ctx) }

func (c fiber3Context) frameworkContexts() []context.Context {
	return []context.Context{c.Ctx, c.RequestCtx()}
}

func (c fiber3Context) requestCtx() *fasthttp.RequestCtx { return c.RequestCtx() }

func (fiber3Context) frameworkError(status int, err error) error {
	return fiber.NewError(status, err.Error())
}

func (c fiber3Context) sendFile(path string) error { return c.SendFile(path) }
