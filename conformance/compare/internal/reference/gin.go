package reference

import (
	"cmp"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/conformance/internal/handlers"
)

// Gin returns the service on a Gin engine. It registers, in this order, Gin's recovery, a
// middleware that observes errors, the instrumentation (nil for none), and the service's
// own middlewares.
func Gin(s *Service, instrument func(*gin.Engine)) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.MaxMultipartMemory = handlers.UploadMemory
	// The panics are intended. Discard their stack traces.
	r.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) {
		c.AbortWithStatus(cmp.Or(s.Wiring.Recovery, http.StatusInternalServerError))
	}))
	r.Use(func(c *gin.Context) {
		c.Next()
		for _, err := range c.Errors {
			s.Saw(err.Err)
		}
	})
	registerGinOuterMiddleware(s, r)
	registerGinRewrite(r, s.Wiring.RewriteOutside)
	if instrument != nil {
		instrument(r)
	}
	registerGinRewrite(r, s.Wiring.RewriteInside)
	r.Use(ginErrorHandler(s))
	r.Use(func(c *gin.Context) {
		ctx, changed, err := s.Inside(c.Request.Context(), c.Request.URL.Path, c.GetHeader(handlers.BaggageHeader))
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			c.Abort()
			return
		}
		if changed {
			c.Request = c.Request.WithContext(ctx)
		}
	})
	registerGinWork(s, r)
	registerGinResponses(s, r)
	registerGinContexts(s, r)
	registerGinRouting(s, r)
	return r
}

// registerGinOuterMiddleware registers the middleware that wraps the instrumentation and
// starts a span, if the suite requests it.
func registerGinOuterMiddleware(s *Service, r *gin.Engine) {
	if s.Wiring.Outside == nil {
		return
	}
	r.Use(func(c *gin.Context) {
		ctx, end := s.Wiring.Outside(c.Request.Context())
		defer end()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	})
}

// registerGinRewrite registers the middleware that rewrites requests, if enabled is set. Gin then
// routes the requests again.
func registerGinRewrite(r *gin.Engine, enabled bool) {
	if !enabled {
		return
	}
	r.Use(func(c *gin.Context) {
		if handlers.Rewrite(c.Request) {
			r.HandleContext(c)
			c.Abort()
		}
	})
}

// ginErrorHandler returns the service's error handler, which in Gin is a middleware. It
// responds if a handler has recorded an error and has not responded itself.
func ginErrorHandler(s *Service) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		last := c.Errors.Last()
		if last == nil {
			return
		}
		s.HandledError()
		if errors.Is(last.Err, handlers.ErrCustom) && !c.Writer.Written() {
			c.String(handlers.CustomStatus, handlers.CustomBody)
		}
	}
}

// registerGinWork registers the routes that do some work.
func registerGinWork(s *Service, r *gin.Engine) {
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
		status, body := s.WorkOn(c.Request.Context())
		c.String(status, body)
	})
	r.GET("/slow/:ms", func(c *gin.Context) {
		if err := s.Slow(c.Request.Context(), c.Param("ms")); err != nil {
			if c.Request.Context().Err() != nil {
				return // The client has disconnected.
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
		answer, err := s.Batch(c.Request.Context(), body, handlers.InProcess(r))
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
		answer, err := handlers.ReadUpload(form)
		if err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.JSON(http.StatusOK, answer)
	})
	r.GET("/observed", func(c *gin.Context) { c.JSON(http.StatusOK, s.Observed()) })
	r.GET("/writer", func(c *gin.Context) {
		offers := handlers.OfferedBy(c.Writer)
		// Gin's writer does not implement http.Pusher. Its method Pusher returns the server's
		// Pusher, or nil.
		offers.Pusher = c.Writer.Pusher() != nil
		c.JSON(http.StatusOK, offers)
	})
}

// registerGinResponses registers the routes for the checks of responses.
func registerGinResponses(s *Service, r *gin.Engine) {
	r.GET("/status/:code", func(c *gin.Context) {
		status, err := handlers.Status(c.Param("code"))
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		if body := handlers.StatusBody(status); body != "" {
			c.String(status, body)
			return
		}
		c.Status(status)
	})
	for path, before := range map[string]func(*gin.Context){
		"/described": func(c *gin.Context) { s.DescribeSpan(c.Request.Context()) },
		"/deaf":      func(*gin.Context) { handlers.Deaf() },
	} {
		r.GET(path+"/:code", func(c *gin.Context) {
			status, err := handlers.Status(c.Param("code"))
			if err != nil {
				c.String(http.StatusBadRequest, err.Error())
				return
			}
			before(c)
			if body := handlers.StatusBody(status); body != "" {
				c.String(status, body)
				return
			}
			c.Status(status)
		})
	}
	r.GET("/late/:code", func(c *gin.Context) {
		status, err := handlers.Status(c.Param("code"))
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		_ = handlers.AnswerEarly(c.Writer, c.Request, status)
	})
	r.GET("/fail/:code", func(c *gin.Context) {
		status, err := handlers.Status(c.Param("code"))
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		_ = c.AbortWithError(status, handlers.ErrFailed)
	})
	r.GET("/panic", func(*gin.Context) { panic(handlers.ErrPanic) })
	r.GET("/panic/inside", gin.RecoveryWithWriter(io.Discard), func(*gin.Context) { panic(handlers.ErrPanic) })
	r.GET("/abort", func(c *gin.Context) { handlers.Abort(c.Writer) })
	r.GET("/write/:kind", func(c *gin.Context) {
		switch kind := c.Param("kind"); kind {
		case "twice":
			c.String(http.StatusCreated, handlers.Created)
			c.Status(http.StatusInternalServerError)
		case "partial":
			if err := handlers.WritePartial(c.Writer); err == nil {
				_ = c.AbortWithError(http.StatusInternalServerError, handlers.ErrFailed)
			}
		case "implicit":
			_, _ = c.Writer.WriteString(handlers.Implicit)
		case "nothing":
		case "custom":
			_ = c.Error(handlers.ErrCustom)
			c.Abort()
		case "flushed":
			_ = handlers.WriteFlushed(c.Writer)
		case "hijacked":
			if err := handlers.WriteHijacked(c.Writer); err == nil {
				_ = c.AbortWithError(http.StatusInternalServerError, handlers.ErrFailed)
			}
		case "aborted":
			panic(http.ErrAbortHandler)
		default:
			c.String(http.StatusBadRequest, handlers.UnknownKind(kind).Error())
		}
	})
	r.GET("/truncated/:kind", func(c *gin.Context) {
		body, err := handlers.TruncatedBody(c.Param("kind"))
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.DataFromReader(http.StatusOK, handlers.TruncatedSize, handlers.TruncatedType, body, nil)
	})
	for path, stream := range s.Streams() {
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
		if err := handlers.EchoBody(c.Writer, c.Request); err != nil {
			_ = c.Error(err)
		}
	})
	r.GET("/file", func(c *gin.Context) { c.File(s.File()) })
	r.GET("/upgrade", func(c *gin.Context) {
		if err := handlers.Upgrade(c.Writer, c.Request); err != nil {
			_ = c.Error(err)
		}
	})
}

// registerGinContexts registers the routes for the checks of contexts.
func registerGinContexts(s *Service, r *gin.Engine) {
	r.GET("/context/:source", func(c *gin.Context) {
		if err := s.Context(c.Param("source"), c.Request.Context(), c); err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.String(http.StatusOK, "ok")
	})
	r.GET("/after/:item_id", func(c *gin.Context) {
		// Code that continues after the response must not retain c, since Gin reuses it.
		copied := c.Copy()
		s.After(copied.Request.Context(), copied.Param("item_id"))
		c.String(http.StatusAccepted, handlers.Accepted)
	})
	r.POST("/release", func(c *gin.Context) { c.String(http.StatusOK, s.Release()) })
	r.GET("/baggage", func(c *gin.Context) { c.JSON(http.StatusOK, s.Members(c.Request.Context())) })
}

// registerGinRouting registers the routes for the checks of routing.
func registerGinRouting(s *Service, r *gin.Engine) {
	ok := func(c *gin.Context) { c.String(http.StatusOK, "ok") }
	r.Group("/mounted").GET("/users/:user_id", ok)
	r.GET("/files/*path", ok)
	r.Static("/static", s.StaticDir())
	if s.Wiring.Slug {
		r.GET("/:slug", func(c *gin.Context) { c.String(http.StatusOK, handlers.SlugBody) })
	}
}
