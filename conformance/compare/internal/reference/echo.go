package reference

import (
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// Echo is the service on an Echo instance: Echo's recovery, a middleware that
// looks at errors, what instrument registers (nil is nothing), and the
// middleware that stands after it.
func Echo(s *Service, instrument func(*echo.Echo)) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	// The panics are asked for: nobody needs their stacks on the terminal.
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		s.observed.errorHandler.Add(1)
		if errors.Is(err, errCustom) && !c.Response().Committed {
			err = c.String(customStatus, customBody)
		}
		if err != nil {
			e.DefaultHTTPErrorHandler(err, c)
		}
	}
	e.Use(middleware.Recover())
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := next(c)
			s.saw(err)
			return err
		}
	})
	if instrument != nil {
		instrument(e)
	}
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			ctx, changed, err := s.Inside(r.Context(), r.URL.Path, r.Header.Get(setBaggage))
			if err != nil {
				return echo.NewHTTPError(http.StatusBadRequest, err.Error())
			}
			if changed {
				c.SetRequest(r.WithContext(ctx))
			}
			return next(c)
		}
	})
	echoWork(s, e)
	echoAnswers(s, e)
	echoContexts(s, e)
	echoRoutes(s, e)
	return e
}

// echoWork are the routes that do some work.
func echoWork(s *Service, e *echo.Echo) {
	e.GET("/process/:item_id", func(c echo.Context) error {
		processed, err := s.Process(c.Request().Context(), c.Request().Method, c.Param("item_id"))
		if err != nil {
			return echo.NewHTTPError(http.StatusBadGateway, err.Error())
		}
		return c.JSON(http.StatusOK, processed)
	})
	probe := func(c echo.Context) error { return c.String(http.StatusOK, s.Probe(c.Request().Context())) }
	e.GET("/healthz", probe)
	e.GET("/metrics", probe)
	e.GET("/docs", probe)
	e.GET("/background", func(c echo.Context) error { return c.String(s.Background(c.Request().Context())) })
	e.GET("/slow/:ms", func(c echo.Context) error {
		if err := s.Slow(c.Request().Context(), c.Param("ms")); err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		return c.String(http.StatusOK, "ok")
	})
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
	e.POST("/upload", func(c echo.Context) error {
		// c.MultipartForm keeps 32 MB in memory.
		if err := c.Request().ParseMultipartForm(uploadMemory); err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		answer, err := uploaded(c.Request().MultipartForm)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, answer)
	})
	e.GET("/observed", func(c echo.Context) error { return c.JSON(http.StatusOK, s.Observed()) })
	e.GET("/writer", func(c echo.Context) error { return c.JSON(http.StatusOK, offered(c.Response().Writer)) })
}

// echoAnswers are the routes that are about the answer.
func echoAnswers(s *Service, e *echo.Echo) {
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
	e.GET("/panic/inside", func(echo.Context) error { panic(errPanic) }, middleware.Recover())
	e.GET("/abort", func(c echo.Context) error {
		abort(c.Response())
		return nil
	})
	e.GET("/write/:kind", func(c echo.Context) error {
		switch kind := c.Param("kind"); kind {
		case "twice":
			err := c.String(http.StatusCreated, created)
			c.Response().WriteHeader(http.StatusInternalServerError)
			return err
		case "partial":
			if err := writePartial(c.Response()); err != nil {
				return err
			}
			return errFailed
		case "implicit":
			_, err := io.WriteString(c.Response(), implicit)
			return err
		case "nothing":
			return nil
		case "custom":
			return errCustom
		default:
			return echo.NewHTTPError(http.StatusBadRequest, errKind(kind).Error())
		}
	})
	for path, stream := range s.streams() {
		e.GET(path, func(c echo.Context) error {
			c.Response().Header().Set(echo.HeaderContentType, "text/event-stream")
			return stream(c.Request().Context(), func(event string) error {
				if _, err := io.WriteString(c.Response(), event); err != nil {
					return err
				}
				c.Response().Flush()
				return nil
			})
		})
	}
	e.POST("/held", func(c echo.Context) error { return c.String(http.StatusOK, s.LetGo()) })
	e.POST("/lifecycle/:action", func(c echo.Context) error {
		answer, status := s.EndTelemetry(c.Request().Context(), c.Param("action"))
		return c.JSON(status, answer)
	})
	e.POST("/echo", func(c echo.Context) error {
		return echoBody(c.Response(), c.Request())
	})
	e.GET("/file", func(c echo.Context) error { return c.File(s.File()) })
	e.GET("/upgrade", func(c echo.Context) error { return upgrade(c.Response(), c.Request()) })
}

// echoContexts are the routes that are about the request's context.
func echoContexts(s *Service, e *echo.Echo) {
	e.GET("/context/:source", func(c echo.Context) error {
		ctx := c.Request().Context()
		if err := s.Context(c.Param("source"), ctx, ctx); err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		return c.String(http.StatusOK, "ok")
	})
	e.GET("/after/:item_id", func(c echo.Context) error {
		s.After(c.Request().Context(), c.Param("item_id"))
		return c.String(http.StatusAccepted, accepted)
	})
	e.POST("/release", func(c echo.Context) error { return c.String(http.StatusOK, s.Release()) })
	e.GET("/baggage", func(c echo.Context) error { return c.JSON(http.StatusOK, s.Baggage(c.Request().Context())) })
}

// echoRoutes are the routes that are about routing.
func echoRoutes(s *Service, e *echo.Echo) {
	ok := func(c echo.Context) error { return c.String(http.StatusOK, "ok") }
	e.Group("/mounted").GET("/users/:user_id", ok)
	e.GET("/files/*", ok)
	e.Static("/static", s.StaticDir())
}
