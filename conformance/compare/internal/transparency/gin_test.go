package transparency_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/cors"
	"github.com/gin-contrib/gzip"
	"github.com/gin-contrib/static"
	"github.com/gin-contrib/timeout"
	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/conformance/compare/internal/transparency"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
)

// registerGinRoutes registers handlers with different kinds of responses, such as one
// without a body.
func registerGinRoutes(r *gin.Engine) {
	r.GET("/text", func(c *gin.Context) { c.String(http.StatusOK, strings.Repeat("text ", 1000)) })
	r.GET("/status", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r.GET("/nothing", func(*gin.Context) {})
	r.GET("/error", func(c *gin.Context) { _ = c.Error(errors.New("sold out")) })
	r.GET("/abort", func(c *gin.Context) { _ = c.AbortWithError(http.StatusConflict, errors.New("taken")) })
	r.GET("/broken", func(c *gin.Context) { c.JSON(http.StatusInternalServerError, gin.H{"error": "broken"}) })
	r.GET("/panic", func(*gin.Context) { panic("broken") })
	r.GET("/stream", func(c *gin.Context) {
		n := 0
		c.Stream(func(w io.Writer) bool {
			_, _ = io.WriteString(w, "chunk")
			n++
			return n < 3
		})
	})
	r.POST("/echo", func(c *gin.Context) {
		body, _ := c.GetRawData()
		c.Data(http.StatusCreated, "text/plain", body)
	})
}

// ginMiddlewares returns middlewares that applications commonly use.
func ginMiddlewares(t *testing.T) map[string]gin.HandlerFunc {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file.txt"), []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	origins := cors.DefaultConfig()
	origins.AllowOrigins = []string{"https://example.com"}
	return map[string]gin.HandlerFunc{
		"gzip":    gzip.Gzip(gzip.DefaultCompression),
		"cors":    cors.New(origins),
		"static":  static.Serve("/", static.LocalFile(dir, false)),
		"timeout": timeout.New(timeout.WithTimeout(time.Minute)),
		"renderer": func(c *gin.Context) {
			c.Next()
			if err := c.Errors.Last(); err != nil && !c.Writer.Written() {
				c.JSON(http.StatusServiceUnavailable, gin.H{"error": err.Error()})
			}
		},
		"body logger": func(c *gin.Context) {
			c.Writer = &bodyLogWriter{ResponseWriter: c.Writer}
			c.Next()
			c.Header("X-Logged", "too late")
			_ = c.Writer.(*bodyLogWriter).body.String()
		},
		"recovery": gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) { c.AbortWithStatus(http.StatusTeapot) }),
	}
}

// bodyLogWriter is a writer that stores the body in addition to writing it, like a middleware
// that logs bodies.
type bodyLogWriter struct {
	gin.ResponseWriter
	body bytes.Buffer
}

func (w *bodyLogWriter) Write(p []byte) (int, error) {
	w.body.Write(p)
	return w.ResponseWriter.Write(p)
}

// TestGinMiddlewaresOutsideAndInside checks that the adapter does not change responses, with
// each of ginMiddlewares outside or inside the adapter.
func TestGinMiddlewaresOutsideAndInside(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	requests := map[string]string{
		"text": "GET /text", "status": "GET /status", "nothing": "GET /nothing", "error": "GET /error", "abort": "GET /abort",
		"broken": "GET /broken", "panic": "GET /panic", "stream": "GET /stream", "404": "GET /nope", "405": "PUT /text",
		"preflight": "OPTIONS /text", "file": "GET /file.txt", "HEAD": "HEAD /nope",
	}
	for name, middleware := range ginMiddlewares(t) {
		for _, place := range []string{"outside", "inside"} {
			for request, line := range requests {
				t.Run(name+"/"+place+"/"+request, func(t *testing.T) {
					start := func(t testing.TB, src httpserver.Source) string {
						t.Helper()
						r := gin.New()
						r.HandleMethodNotAllowed = true
						r.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) }))
						if place == "outside" {
							r.Use(middleware)
						}
						if src != nil {
							ginotel.Use(r, src)
						}
						if place == "inside" {
							r.Use(middleware)
						}
						registerGinRoutes(r)
						s := httptest.NewUnstartedServer(r)
						s.Config.ErrorLog = discardLog
						s.Start()
						t.Cleanup(s.Close)
						return s.Listener.Addr().String()
					}
					result := transparency.Compare(t, start, line+" HTTP/1.1\r\nHost: example.com\r\nOrigin: https://example.com\r\n"+
						"Access-Control-Request-Method: GET\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
					if place == "outside" && len(result.Telemetry.Ended()) == 0 {
						// For these requests the middleware responds without calling the
						// next handlers.
						if request != "preflight" && request != "file" {
							t.Error("got no span")
						}
						return
					}
					result.CheckSpan(t)
				})
			}
		}
	}
}
