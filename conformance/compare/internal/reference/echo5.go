package reference

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
)

// Echo5 is like [Echo], on Echo v5.
func Echo5(s *Service, instrument func(*echo.Echo)) *echo.Echo {
	fallback := echo.DefaultHTTPErrorHandler(false)
	e := echo.NewWithConfig(echo.Config{
		// Discard the banner and the stack traces of intended panics.
		Logger: slog.New(slog.DiscardHandler),
		HTTPErrorHandler: func(c *echo.Context, err error) {
			response, _ := echo.UnwrapResponse(c.Response())
			echoHandleError(s, echo5Context{c}, err, response != nil && response.Committed, func(err error) { fallback(c, err) })
		},
	})
	adapt := func(m func(*Service, echoHandler) echoHandler) echo.MiddlewareFunc {
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			wrapped := m(s, func(c echoContext) error { return next(c.(echo5Context).Context) })
			return func(c *echo.Context) error { return wrapped(echo5Context{c}) }
		}
	}
	rewritten := adapt(func(_ *Service, next echoHandler) echoHandler { return echoRewrite(next) })
	if s.Wiring.Recovery != 0 {
		e.Use(adapt(echoRecover))
	} else {
		e.Use(middleware.Recover())
	}
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			err := next(c)
			s.Saw(err)
			return err
		}
	})
	if s.Wiring.Outside != nil {
		e.Use(adapt(echoOuterMiddleware))
	}
	if s.Wiring.RewriteOutside {
		e.Pre(rewritten)
	}
	if instrument != nil {
		instrument(e)
	}
	if s.Wiring.RewriteInside {
		// With RewriteInside, the instrumentation is registered with Pre. Middlewares run in
		// the order of their registration, so the instrumentation runs before rewritten.
		e.Pre(rewritten)
	}
	handle := func(handler echoHandler) echo.HandlerFunc {
		return func(c *echo.Context) error { return handler(echo5Context{c}) }
	}
	e.Use(adapt(echoInnerMiddleware))
	add := echoRegistrar(func(method, path string, handler echoHandler) { e.Add(method, path, handle(handler)) })
	add.registerAll(s)
	add.registerBatch(s, e)
	e.GET("/panic/inside", handle(echoPanic), middleware.Recover())
	e.Group("/mounted").GET("/users/:user_id", handle(echoOK))
	e.StaticFS("/static", os.DirFS(s.StaticDir()))
	return e
}

// echo5Context adapts Echo v5's context to echoContext.
type echo5Context struct{ *echo.Context }

func (c echo5Context) writer() http.ResponseWriter { return c.Response() }

func (c echo5Context) innerWriter() http.ResponseWriter {
	if response, err := echo.UnwrapResponse(c.Response()); err == nil {
		return response.ResponseWriter
	}
	return c.Response()
}

func (c echo5Context) File(path string) error {
	// Echo v5 opens a file only in an fs.FS, so pass it the directory of the file as an
	// fs.FS.
	return c.FileFS(filepath.Base(path), os.DirFS(filepath.Dir(path)))
}

func (echo5Context) frameworkError(status int, err error) error {
	return echo.NewHTTPError(status, err.Error()).Wrap(err)
}
