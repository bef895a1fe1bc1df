package snippet

import (
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/echootel"
	"github.com/samespan/samespan/echootel/contrib"
)

// Otelecho is a service with otelecho.
func Otelecho() *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover())
	e.Use(otelecho.Middleware("orders",
		otelecho.WithSkipper(func(c echo.Context) bool { return c.Path() == "/healthz" }),
	))
	return e
}

// OtelechoUnderCore is the service after step 1 of the migration: otelecho with core.
func OtelechoUnderCore(tel *core.Telemetry) *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover())
	e.Use(contrib.Middleware(tel)) // core.WithExclude replaces the skipper
	return e
}

// Echootel is the service after step 2 of the migration.
func Echootel(tel *core.Telemetry) *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover())
	e.Use(echootel.Middleware(tel))
	return e
}

// EchoError sets the attribute echo.error, as otelecho does.
func EchoError(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if err != nil {
			span := trace.SpanFromContext(c.Request().Context())
			span.SetAttributes(attribute.String("echo.error", err.Error()))
		}
		return err
	}
}
