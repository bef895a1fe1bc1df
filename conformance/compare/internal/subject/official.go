package subject

import (
	"net/http"
	"runtime"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/contrib/otelfiber/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

// officialSubjects are the official middlewares, each used as in its documentation, in a
// service with the usual lifecycle of the framework's users.
var officialSubjects = []Subject{
	{
		Name: "otelhttp", Framework: "net/http", Process: "/process/{item_id}", Upstream: true, Official: true,
		Version: runtime.Version(), InstrumentationVersion: versionOf("go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"),
		Instrument: Instrument{NetHTTP: otelhttpMiddleware, Outer: otelhttpMiddleware},
	},
	{
		Name: "otelgin", Framework: "Gin", Process: "/process/:item_id", Upstream: true, Official: true,
		Version: versionOf(ginModule), InstrumentationVersion: versionOf("go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"),
		Instrument: Instrument{Gin: func(w Wiring) func(*gin.Engine) {
			return func(r *gin.Engine) {
				setGinTrustedProxies(r, w)
				r.Use(otelgin.Middleware("otelgin", otelgin.WithFilter(func(r *http.Request) bool { return !isExcluded(r.URL.Path) })))
			}
		}, Outer: otelhttpMiddleware},
	},
	{
		Name: "otelecho", Framework: "Echo", Process: "/process/:item_id", Upstream: true, Official: true,
		Version: versionOf(echoModule), InstrumentationVersion: versionOf("go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"),
		Instrument: Instrument{Echo: func(w Wiring) func(*echo.Echo) {
			return func(e *echo.Echo) {
				middlewareRegistrar(w, e)(otelecho.Middleware("otelecho", otelecho.WithSkipper(func(c echo.Context) bool { return isExcluded(c.Request().URL.Path) })))
			}
		}, Outer: otelhttpMiddleware},
	},
	{
		Name: "otelfiber", Framework: "Fiber", Process: "/process/:item_id", Upstream: true, Official: true,
		Version: versionOf(fiberModule), InstrumentationVersion: versionOf("github.com/gofiber/contrib/otelfiber/v2"),
		Instrument: Instrument{Fiber: func(w Wiring) func(*fiber.App) {
			return func(app *fiber.App) {
				app.Use(otelfiber.Middleware(append(otelfiberHookOptions(w), otelfiber.WithNext(func(c *fiber.Ctx) bool { return isExcluded(strings.ToLower(c.Path())) }))...))
			}
		}},
	},
}

// otelhttpMiddleware returns otelhttp as a middleware around any handler.
func otelhttpMiddleware(w Wiring) func(http.Handler) http.Handler {
	options := []otelhttp.Option{otelhttp.WithFilter(func(r *http.Request) bool { return !isExcluded(r.URL.Path) })}
	if w.Variables.PublicEndpoint {
		options = append(options, otelhttp.WithPublicEndpointFn(func(*http.Request) bool { return true }))
	}
	return otelhttp.NewMiddleware("server", options...)
}

// setGinTrustedProxies configures Gin's trusted proxies, because otelgin records Gin's
// ClientIP.
func setGinTrustedProxies(r *gin.Engine, w Wiring) {
	if len(w.Variables.TrustedProxies) == 0 {
		return
	}
	if err := r.SetTrustedProxies(w.Variables.TrustedProxies); err != nil {
		panic(err) // the suite's own addresses are valid
	}
}

// isExcluded reports whether the contract excludes the path. Applications write such a
// function for the filters of the official middlewares.
func isExcluded(path string) bool {
	return slices.ContainsFunc(Exclusions, func(rule string) bool {
		return path == "/"+rule || strings.HasPrefix(path, "/"+rule+"/")
	})
}
