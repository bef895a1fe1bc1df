package ginotel_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"runtime"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// runWithCopy returns a middleware that calls the handlers after it with a copy of the
// *gin.Context and a writer of its own, as some timeout middlewares do. It calls copied with
// the copy.
func runWithCopy(copied func(*gin.Context)) gin.HandlerFunc {
	return func(c *gin.Context) {
		contextCopy := new(gin.Context)
		// vet rejects an assignment, since the context has a mutex.
		reflect.ValueOf(contextCopy).Elem().Set(reflect.ValueOf(c).Elem())
		contextCopy.Writer = &teeWriter{ResponseWriter: c.Writer}
		contextCopy.Request = c.Request.WithContext(c.Request.Context())
		copied(contextCopy)
		c.Abort()
		contextCopy.Next()
	}
}

// TestCopiedContextIsReleased proves that a copy of a *gin.Context with which a middleware has
// called the handlers is not kept in memory after the request.
func TestCopiedContextIsReleased(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	released := make(chan struct{})
	r := gin.New()
	r.Use(runWithCopy(func(c *gin.Context) {
		runtime.AddCleanup(c, func(released chan struct{}) { close(released) }, released)
	}))
	ginotel.Use(r, rec)
	r.GET("/a/:b", respondOK)
	serve(t, r).get("/a/1")
	rec.Only()
	eventually(t, "the copy to be released", func() bool {
		runtime.GC()
		select {
		case <-released:
			return true
		default:
			return false
		}
	})
}

// TestSpanOfCopiedContextHasStatus proves that the span has the status that was sent if a
// middleware has called the handlers with a copy of the *gin.Context.
func TestSpanOfCopiedContextHasStatus(t *testing.T) {
	checkBehindMiddlewares(t, registrations["Use"], []gin.HandlerFunc{runWithCopy(func(*gin.Context) {})},
		func(c *gin.Context) { c.String(http.StatusServiceUnavailable, "busy") }, http.StatusServiceUnavailable,
		wantSpan{status: int64(503), errorType: "503", code: codes.Error})
}

// TestSubRequestWithSameHeaderKeepsStatus proves that the span has the status of its own
// response if a handler has served another request with the same header, and middlewares have
// replaced the writers of both.
func TestSubRequestWithSameHeaderKeepsStatus(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	r.Use(replaceWriterWithTee)
	ginotel.Use(r, rec)
	r.GET("/part", respondOK)
	r.GET("/page", func(c *gin.Context) {
		part := c.Request.WithContext(c.Request.Context())
		part.URL = &url.URL{Path: "/part"}
		part.RequestURI = "/part"
		answer := httptest.NewRecorder()
		r.ServeHTTP(answer, part)
		if answer.Code != http.StatusOK {
			t.Errorf("got %d for the part, want 200", answer.Code)
		}
		c.String(http.StatusServiceUnavailable, "busy")
	})
	serve(t, r).get("/page")
	wantSpan{name: "GET /page", route: "/page", status: int64(503), errorType: "503", code: codes.Error}.check(t, rec.Only())
	checkOnePoint(t, rec)
}
