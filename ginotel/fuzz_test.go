package ginotel_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// newFuzzApp returns an application whose responses describe the request, so that the
// caller can compare them with and without our middleware. The application has our
// middleware if src is not nil. It calls arrived at the start of each request.
func newFuzzApp(src httpserver.Source, arrived func()) http.Handler {
	r := gin.New()
	r.ContextWithFallback = true
	r.HandleMethodNotAllowed = true
	r.Use(gin.RecoveryWithWriter(io.Discard), func(*gin.Context) { arrived() })
	if src != nil {
		ginotel.Use(r, src)
	}
	respondWithRequest := func(c *gin.Context) {
		n, err := io.Copy(io.Discard, c.Request.Body)
		c.String(http.StatusOK, "%q %q %q %q %q %v %d %v %d\n", c.Request.Method, c.Request.Host, c.Request.URL, c.FullPath(), c.Request.UserAgent(),
			c.Params, n, err, len(c.Request.Header))
	}
	r.NoRoute(respondWithRequest)
	r.Any("/", respondWithRequest)
	r.Any("/process/:item_id", func(c *gin.Context) { c.JSON(http.StatusAccepted, gin.H{"item_id": c.Param("item_id")}) })
	r.Any("/users/:id/*rest", func(c *gin.Context) { _, _ = io.Copy(c.Writer, c.Request.Body) })
	r.POST("/form", func(c *gin.Context) { _, _ = fmt.Fprint(c.Writer, c.PostForm("a"), len(c.Request.Form)) })
	r.Any("/panic", func(*gin.Context) { panic("on purpose") })
	return r
}

func FuzzMiddleware(f *testing.F) {
	routes := []string{"/", "/process/{item_id}", "/users/{id}/{rest...}", "/form", "/panic"}
	httpservertest.Fuzz(f, routes, func(t testing.TB, src httpserver.Source, arrived func()) func(*httpservertest.Wire) {
		t.Helper()
		handler := newFuzzApp(src, arrived)
		return func(wire *httpservertest.Wire) { httpservertest.ServeWire(t, handler, wire) }
	})
}
