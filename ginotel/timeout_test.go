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

// timeout goes on without a handler that takes too long, as timeout middlewares for
// Gin do: the handler keeps a context that Gin gives to other requests meanwhile.
func timeout(after time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		returned := make(chan struct{})
		go func() {
			defer close(returned)
			c.Next()
		}()
		select {
		case <-returned:
		case <-time.After(after):
			c.AbortWithStatus(http.StatusRequestTimeout)
			c.Writer.WriteHeaderNow()
		}
	}
}

// TestRouteBehindTimeout has a timeout middleware outside ours give up requests
// whose contexts serve others by the time that their handlers return. Such a
// middleware races by itself then, so the race detector is off: the modules' own
// tests in the gate run without it.
func TestRouteBehindTimeout(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	engine := gin.New()
	engine.Use(timeout(20*time.Millisecond), ginotel.Middleware(rec))
	release := make(chan struct{})
	engine.GET("/slow/:id", func(*gin.Context) { <-release })
	engine.GET("/quick", func(c *gin.Context) { c.String(http.StatusOK, "quick") })
	s := serve(t, engine)
	const slow = 20
	for range slow {
		if got := s.get("/slow/1"); got.status != http.StatusRequestTimeout {
			t.Fatalf("status: got %d, want 408", got.status)
		}
		s.get("/quick") // whose answer a late handler may cut, as without ours
	}
	close(release)
	names := make(map[string]int)
	for _, span := range rec.Ended() {
		names[span.Name()]++
	}
	if names["GET /slow/:id"] != slow || names["GET /quick"] != slow || len(names) != 2 {
		t.Errorf("got spans %v, want %d of each route", names, slow)
	}
}
