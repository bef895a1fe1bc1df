package subject

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/contrib/otelfiber/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	echocontrib "github.com/samespan/samespan/echootel/contrib"
	fibercontrib "github.com/samespan/samespan/fiberotel/contrib"
	gincontrib "github.com/samespan/samespan/ginotel/contrib"
	nethttpcontrib "github.com/samespan/samespan/nethttpotel/contrib"
)

// withCoreSubjects are the official middlewares with this project's lifecycle and
// exclusion rules. They show which failures core fixes, and which remain until a service
// changes to this project's middlewares.
var withCoreSubjects = []Subject{
	officialSubjects[0].withCore(Instrument{NetHTTP: otelhttpWithCore, Outer: otelhttpWithCore}),
	officialSubjects[1].withCore(Instrument{Gin: func(w Wiring) func(*gin.Engine) {
		return func(r *gin.Engine) {
			setGinTrustedProxies(r, w)
			r.Use(gincontrib.Middleware(w.Telemetry))
		}
	}, Outer: otelhttpWithCore}),
	officialSubjects[2].withCore(Instrument{Echo: func(w Wiring) func(*echo.Echo) {
		return func(e *echo.Echo) { middlewareRegistrar(w, e)(echocontrib.Middleware(w.Telemetry)) }
	}, Outer: otelhttpWithCore}),
	officialSubjects[3].withCore(Instrument{Fiber: func(w Wiring) func(*fiber.App) {
		return func(app *fiber.App) { app.Use(fibercontrib.Middleware(w.Telemetry, otelfiberHookOptions(w)...)) }
	}}),
}

// withCore returns the official subject combined with this project's core.
func (s Subject) withCore(i Instrument) Subject {
	s.Name += "+core"
	s.Official, s.Instrument = false, i
	return s
}

// otelhttpWithCore returns otelhttp as a middleware with this project's exclusion rules.
func otelhttpWithCore(w Wiring) func(http.Handler) http.Handler {
	var options []otelhttp.Option
	if w.Variables.PublicEndpoint {
		options = append(options, otelhttp.WithPublicEndpointFn(func(*http.Request) bool { return true }))
	}
	return nethttpcontrib.Middleware(w.Telemetry, options...)
}

// otelfiberHookOptions returns otelfiber's options for the service's hooks, if the suite has
// requested the hooks.
func otelfiberHookOptions(w Wiring) []otelfiber.Option {
	if w.Variables.Hooks == "" {
		return nil
	}
	return []otelfiber.Option{
		otelfiber.WithSpanNameFormatter(spanNameHook[*fiber.Ctx](w.Variables)),
		otelfiber.WithCustomAttributes(attributesHook[*fiber.Ctx](w.Variables)),
	}
}
