package reference

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// Echo is the service on an Echo instance, with Echo's recovery outside what
// instrument registers.
func Echo(s *Service, instrument func(*echo.Echo)) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	// The panics are asked for: nobody needs their stacks on the terminal.
	e.Logger.SetOutput(io.Discard)
	e.Use(middleware.Recover())
	instrument(e)

	e.GET("/process/:item_id", func(c echo.Context) error {
		processed, err := s.Process(c.Request().Context(), c.Param("item_id"))
		if err != nil {
			return echo.NewHTTPError(http.StatusBadGateway, err.Error())
		}
		return c.JSON(http.StatusOK, processed)
	})
	probe := func(c echo.Context) error { return c.String(http.StatusOK, s.Probe(c.Request().Context())) }
	e.GET("/healthz", probe)
	e.GET("/metrics", probe)
	e.GET("/docs", probe)
	e.GET("/status/:code", func(c echo.Context) error {
		status, err := Status(c.Param("code"))
		if err != nil {
			return c.String(http.StatusBadRequest, err.Error())
		}
		if statusBody(status) == "" {
			return c.NoContent(status)
		}
		return c.String(status, statusBody(status))
	})
	e.GET("/fail/:code", func(c echo.Context) error {
		status, err := Status(c.Param("code"))
		if err != nil {
			return c.String(http.StatusBadRequest, err.Error())
		}
		return echo.NewHTTPError(status).SetInternal(errFailed)
	})
	e.GET("/panic", func(echo.Context) error { panic(errPanic) })
	e.GET("/background", func(c echo.Context) error {
		s.Background(c.Request().Context())
		return c.String(http.StatusAccepted, accepted)
	})
	e.GET("/stream", func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderContentType, "text/event-stream")
		return s.Stream(c.Request().Context(), func(event string) error {
			if _, err := io.WriteString(c.Response(), event); err != nil {
				return err
			}
			c.Response().Flush()
			return nil
		})
	})
	e.GET("/slow/:ms", func(c echo.Context) error {
		if err := s.Slow(c.Request().Context(), c.Param("ms")); err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		return c.String(http.StatusOK, "ok")
	})
	e.POST("/echo", func(c echo.Context) error {
		return echoBody(c.Response(), c.Request())
	})
	e.GET("/file", func(c echo.Context) error { return c.File(s.File()) })
	e.GET("/upgrade", func(c echo.Context) error { return upgrade(c.Response(), c.Request()) })
	e.POST("/relay", func(c echo.Context) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		answer, status, err := s.Relay(c.Request().Context(), body)
		if err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		return c.JSON(status, answer)
	})
	return e
}
