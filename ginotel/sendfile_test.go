package ginotel_test

import (
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestMiddlewareKeepsSendfile proves that the kernel sends a file with sendfile if, and
// only if, it does so without the middleware. In Gin, c.File does not use sendfile.
func TestMiddlewareKeepsSendfile(t *testing.T) {
	path := httpservertest.File(t)
	sentByKernel := func(use func(*gin.Engine)) bool {
		r := gin.New()
		use(r)
		r.GET("/file", func(c *gin.Context) { c.File(path) })
		spy := httpservertest.NewSpy(t)
		server := httptest.NewUnstartedServer(r)
		_ = server.Listener.Close()
		server.Listener = spy
		server.Start()
		defer server.Close()
		return spy.SentByKernel(t)
	}
	rec := httpservertest.New(t, httpserver.Config{})
	withoutMiddleware, got := sentByKernel(func(*gin.Engine) {}), sentByKernel(func(r *gin.Engine) { ginotel.Use(r, rec) })
	if got != withoutMiddleware {
		t.Errorf("sent by the kernel: got %v, want %v as without the middleware", got, withoutMiddleware)
	}
	if got := attributeOf(rec.Only(), "http.response.body.size"); got != int64(1_000_000) {
		t.Errorf("got body size %v, want 1000000", got)
	}
}
