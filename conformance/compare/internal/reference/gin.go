package reference

import (
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Gin is the service on a Gin engine, with Gin's recovery outside what
// instrument registers.
func Gin(s *Service, instrument func(*gin.Engine)) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	// The panics are asked for: nobody needs their stacks on the terminal.
	r.Use(gin.RecoveryWithWriter(io.Discard))
	instrument(r)

	r.GET("/process/:item_id", func(c *gin.Context) {
		processed, err := s.Process(c.Request.Context(), c.Param("item_id"))
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
	r.GET("/fail/:code", func(c *gin.Context) {
		status, err := Status(c.Param("code"))
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		_ = c.AbortWithError(status, errFailed)
	})
	r.GET("/panic", func(*gin.Context) { panic(errPanic) })
	r.GET("/background", func(c *gin.Context) {
		s.Background(c.Request.Context())
		c.String(http.StatusAccepted, accepted)
	})
	r.GET("/stream", func(c *gin.Context) {
		c.Header("Content-Type", "text/event-stream")
		_ = s.Stream(c.Request.Context(), func(event string) error {
			if _, err := c.Writer.WriteString(event); err != nil {
				return err
			}
			c.Writer.Flush()
			return nil
		})
	})
	r.GET("/slow/:ms", func(c *gin.Context) {
		if err := s.Slow(c.Request.Context(), c.Param("ms")); err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.String(http.StatusOK, "ok")
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
	return r
}
