package reference

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// Echo returns the service on an Echo v4 instance. It registers, in this order, Echo's
// recovery, a middleware that observes errors, the instrumentation (nil for none), and the
// service's own middleware.
func Echo(s *Service, instrument func(*echo.Echo)) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	// The panics are intended. Discard their stack traces.
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		echoHandleError(s, echo4Context{c}, err, c.Response().Committed, func(err error) { e.DefaultHTTPErrorHandler(err, c) })
	}
	adapt := func(m func(*Service, echoHandler) echoHandler) echo.MiddlewareFunc {
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			wrapped := m(s, func(c echoContext) error { return next(c.(echo4Context).Context) })
			return func(c echo.Context) error { return wrapped(echo4Context{c}) }
		}
	}
	rewritten := adapt(func(_ *Service, next echoHandler) echoHandler { return echoRewrite(next) })
	if s.Wiring.Recovery != 0 {
		e.Use(adapt(echoRecover))
	} else {
		e.Use(middleware.Recover())
	}
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
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
		return func(c echo.Context) error { return handler(echo4Context{c}) }
	}
	e.Use(adapt(echoInnerMiddleware))
	add := echoRegistrar(func(method, path string, handler echoHandler) { e.Add(method, path, handle(handler)) })
	add.registerAll(s)
	add.registerBatch(s, e)
	e.GET("/panic/inside", handle(echoPanic), middleware.Recover())
	e.Group("/mounted").GET("/users/:user_id", handle(echoOK))
	e.Static("/static", s.StaticDir())
	return e
}

// echo4Context adapts Echo v4's context to echoContext.
type echo4Context struct{ echo.Context }

func (c echo4Context) writer() http.ResponseWriter { return c.Response() }

func (c echo4Context) innerWriter() http.ResponseWriter { return c.Response().Writer }

func (echo4Context) frameworkError(status int, err error) error {
	return echo.NewHTTPError(status, err.Error()).SetInternal(err)
}
