//go:build !race

package ginotel_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// timeoutMiddleware returns a middleware that responds with 408 if the handler takes longer
// than limit, as timeout middlewares for Gin do. The handler continues to use its *gin.Context,
// which Gin may already have reused for another request.
func timeoutMiddleware(limit time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		returned := make(chan struct{})
		go func() {
			defer close(returned)
			c.Next()
		}()
		select {
		case <-returned:
		case <-time.After(limit):
			c.AbortWithStatus(http.StatusRequestTimeout)
			c.Writer.WriteHeaderNow()
		}
	}
}

// TestTimeoutDoesNotMixUpRoutes proves that each span has the route of its own request if a
// timeout middleware runs before ours. When a slow handler returns, its *gin.Context
// already serves another request. Such a timeout middleware has a data race of its own, so
// this test is not built with the race detector.
func TestTimeoutDoesNotMixUpRoutes(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	engine := gin.New()
	// The timeout is long enough for the handler of a quick request on a busy machine.
	engine.Use(timeoutMiddleware(100*time.Millisecond), ginotel.Middleware(rec))
	release := make(chan struct{})
	engine.GET("/slow/:id", func(*gin.Context) { <-release })
	engine.GET("/quick", func(c *gin.Context) { c.String(http.StatusOK, "quick") })
	s := serve(t, engine)
	const slowRequests = 20
	for range slowRequests {
		if got := s.get("/slow/1"); got.status != http.StatusRequestTimeout {
			t.Fatalf("status: got %d, want 408", got.status)
		}
		s.get("/quick") // not checked: a slow handler may truncate this response, with or without our middleware
	}
	close(release)
	names := make(map[string]int)
	for _, span := range rec.Ended() {
		names[span.Name()]++
	}
	if names["GET /slow/:id"] != slowRequests || names["GET /quick"] != slowRequests || len(names) != 2 {
		t.Errorf("got spans %v, want %d of each route", names, slowRequests)
	}
}
