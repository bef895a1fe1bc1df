package reference

import (
	"cmp"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/trace"
)

// Gin is the service on a Gin engine: Gin's recovery, a middleware that looks
// at errors, what instrument registers (nil is nothing), and the middlewares
// that stand after it.
func Gin(s *Service, instrument func(*gin.Engine)) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.MaxMultipartMemory = uploadMemory
	// The panics are asked for: nobody needs their stacks on the terminal.
	r.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) {
		c.AbortWithStatus(cmp.Or(s.wiring.Recovery, http.StatusInternalServerError))
	}))
	r.Use(func(c *gin.Context) {
		c.Next()
		for _, err := range c.Errors {
			s.saw(err.Err)
		}
	})
	ginUnder(s, r)
	ginRewritten(r, s.wiring.RewriteOutside)
	if instrument != nil {
		instrument(r)
	}
	ginRewritten(r, s.wiring.RewriteInside)
	r.Use(ginErrors(s))
	r.Use(func(c *gin.Context) {
		ctx, changed, err := s.Inside(c.Request.Context(), c.Request.URL.Path, c.GetHeader(setBaggage))
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			c.Abort()
			return
		}
		if changed {
			c.Request = c.Request.WithContext(ctx)
		}
	})
	ginWork(s, r)
	ginAnswers(s, r)
	ginContexts(s, r)
	ginRoutes(s, r)
	return r
}

// ginUnder is the middleware that starts a span outside the instrumentation.
func ginUnder(s *Service, r *gin.Engine) {
	if s.wiring.Outside == trace.SpanKindUnspecified {
		return
	}
	r.Use(func(c *gin.Context) {
		ctx, end := s.outside(c.Request.Context())
		defer end()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	})
}

// ginRewritten is the middleware that turns requests into others, which Gin
// routes again.
func ginRewritten(r *gin.Engine, on bool) {
	if !on {
		return
	}
	r.Use(func(c *gin.Context) {
		if rewrite(c.Request) {
			r.HandleContext(c)
			c.Abort()
		}
	})
}

// ginErrors is the error handler, in Gin a middleware that answers for what
// handlers recorded, unless they have answered themselves.
func ginErrors(s *Service) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		last := c.Errors.Last()
		if last == nil {
			return
		}
		s.observed.errorHandler.Add(1)
		if errors.Is(last.Err, errCustom) && !c.Writer.Written() {
			c.String(customStatus, customBody)
		}
	}
}

// ginWork are the routes that do some work.
func ginWork(s *Service, r *gin.Engine) {
	r.GET("/process/:item_id", func(c *gin.Context) {
		processed, err := s.Process(c.Request.Context(), c.Request.Method, c.Param("item_id"))
		if err != nil {
			_ = c.AbortWithError(http.StatusBadGateway, err)
			return
		}
		c.JSON(http.StatusOK, processed)
	})
	probe := func(c *gin.Context) { c.String(http.StatusOK, s.Probe(c.Request.Context())) }
	r.GET("/healthz", probe)
	r.GET("/metrics", probe)
	r.GET("/docs", probe)
	r.GET("/background", func(c *gin.Context) {
		status, body := s.Background(c.Request.Context())
		c.String(status, body)
	})
	r.GET("/slow/:ms", func(c *gin.Context) {
		if err := s.Slow(c.Request.Context(), c.Param("ms")); err != nil {
			if c.Request.Context().Err() != nil {
				return // The client has left.
			}
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.String(http.StatusOK, "ok")
	})
	r.POST("/relay", func(c *gin.Context) {
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			_ = c.AbortWithError(http.StatusBadRequest, err)
			return
		}
		answer, status, err := s.Relay(c.Request.Context(), body)
		if err != nil {
			_ = c.AbortWithError(http.StatusBadRequest, err)
			return
		}
		c.JSON(status, answer)
	})
	r.POST("/batch", func(c *gin.Context) {
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			_ = c.AbortWithError(http.StatusBadRequest, err)
			return
		}
		answer, err := s.Batch(c.Request.Context(), body, inProcess(r))
		if err != nil {
			_ = c.AbortWithError(http.StatusBadRequest, err)
			return
		}
		c.JSON(http.StatusOK, answer)
	})
	r.POST("/upload", func(c *gin.Context) {
		form, err := c.MultipartForm()
		if err != nil {
			_ = c.AbortWithError(http.StatusBadRequest, err)
			return
		}
		answer, err := uploaded(form)
		if err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.JSON(http.StatusOK, answer)
	})
	r.GET("/observed", func(c *gin.Context) { c.JSON(http.StatusOK, s.Observed()) })
	r.GET("/writer", func(c *gin.Context) {
		offers := offered(c.Writer)
		// Gin has a method of its own for it.
		offers.Pusher = c.Writer.Pusher() != nil
		c.JSON(http.StatusOK, offers)
	})
}

// ginAnswers are the routes that are about the answer.
func ginAnswers(s *Service, r *gin.Engine) {
	r.GET("/status/:code", func(c *gin.Context) {
		status, err := Status(c.Param("code"))
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		if body := statusBody(status); body != "" {
			c.String(status, body)
			return
		}
		c.Status(status)
	})
	for path, before := range map[string]func(*gin.Context){
		"/described": func(c *gin.Context) { s.Describe(c.Request.Context()) },
		"/deaf":      func(*gin.Context) { deaf() },
	} {
		r.GET(path+"/:code", func(c *gin.Context) {
			status, err := Status(c.Param("code"))
			if err != nil {
				c.String(http.StatusBadRequest, err.Error())
				return
			}
			before(c)
			if body := statusBody(status); body != "" {
				c.String(status, body)
				return
			}
			c.Status(status)
		})
	}
	r.GET("/late/:code", func(c *gin.Context) {
		status, err := Status(c.Param("code"))
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		_ = answerEarly(c.Writer, c.Request, status)
	})
	r.GET("/fail/:code", func(c *gin.Context) {
		status, err := Status(c.Param("code"))
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		_ = c.AbortWithError(status, errFailed)
	})
	r.GET("/panic", func(*gin.Context) { panic(errPanic) })
	r.GET("/panic/inside", gin.RecoveryWithWriter(io.Discard), func(*gin.Context) { panic(errPanic) })
	r.GET("/abort", func(c *gin.Context) { abort(c.Writer) })
	r.GET("/write/:kind", func(c *gin.Context) {
		switch kind := c.Param("kind"); kind {
		case "twice":
			c.String(http.StatusCreated, created)
			c.Status(http.StatusInternalServerError)
		case "partial":
			if err := writePartial(c.Writer); err == nil {
				_ = c.AbortWithError(http.StatusInternalServerError, errFailed)
			}
		case "implicit":
			_, _ = c.Writer.WriteString(implicit)
		case "nothing":
		case "custom":
			_ = c.Error(errCustom)
			c.Abort()
		case "flushed":
			_ = writeFlushed(c.Writer)
		case "hijacked":
			if err := writeHijacked(c.Writer); err == nil {
				_ = c.AbortWithError(http.StatusInternalServerError, errFailed)
			}
		case "aborted":
			panic(http.ErrAbortHandler)
		default:
			c.String(http.StatusBadRequest, errKind(kind).Error())
		}
	})
	for path, stream := range s.streams() {
		r.GET(path, func(c *gin.Context) {
			c.Header("Content-Type", "text/event-stream")
			_ = stream(c.Request.Context(), func(event string) error {
				if _, err := c.Writer.WriteString(event); err != nil {
					return err
				}
				c.Writer.Flush()
				return nil
			})
		})
	}
	r.POST("/held", func(c *gin.Context) { c.String(http.StatusOK, s.LetGo()) })
	r.POST("/lifecycle/:action", func(c *gin.Context) {
		answer, status := s.EndTelemetry(c.Request.Context(), c.Param("action"))
		c.JSON(status, answer)
	})
	r.POST("/echo", func(c *gin.Context) {
		if err := echoBody(c.Writer, c.Request); err != nil {
			_ = c.Error(err)
		}
	})
	r.GET("/file", func(c *gin.Context) { c.File(s.File()) })
	r.GET("/upgrade", func(c *gin.Context) {
		if err := upgrade(c.Writer, c.Request); err != nil {
			_ = c.Error(err)
		}
	})
}

// ginContexts are the routes that are about the request's context.
func ginContexts(s *Service, r *gin.Engine) {
	r.GET("/context/:source", func(c *gin.Context) {
		if err := s.Context(c.Param("source"), c.Request.Context(), c); err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.String(http.StatusOK, "ok")
	})
	r.GET("/after/:item_id", func(c *gin.Context) {
		// What goes on after the answer must not keep c, which Gin gives to
		// the next request.
		kept := c.Copy()
		s.After(kept.Request.Context(), kept.Param("item_id"))
		c.String(http.StatusAccepted, accepted)
	})
	r.POST("/release", func(c *gin.Context) { c.String(http.StatusOK, s.Release()) })
	r.GET("/baggage", func(c *gin.Context) { c.JSON(http.StatusOK, s.Baggage(c.Request.Context())) })
}

// ginRoutes are the routes that are about routing.
func ginRoutes(s *Service, r *gin.Engine) {
	ok := func(c *gin.Context) { c.String(http.StatusOK, "ok") }
	r.Group("/mounted").GET("/users/:user_id", ok)
	r.GET("/files/*path", ok)
	r.Static("/static", s.StaticDir())
	if s.wiring.Slug {
		r.GET("/:slug", func(c *gin.Context) { c.String(http.StatusOK, slugBody) })
	}
}
