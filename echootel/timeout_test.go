//go:build !race

package echootel

import (
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestTimeoutDoesNotMixUpRoutes proves that each span has the route of its own request if
// Echo's Timeout runs before our middleware. When a slow handler returns, its echo.Context
// already serves another request. Timeout itself has a data race, as its documentation
// says, so this test is not built with the race detector.
func TestTimeoutDoesNotMixUpRoutes(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	timeout := middleware.TimeoutWithConfig(middleware.TimeoutConfig{Timeout: 20 * time.Millisecond}) //nolint:staticcheck // deprecated, but applications have it
	e.Use(timeout, Middleware(rec))
	release := make(chan struct{})
	e.GET("/slow/:id", func(echo.Context) error {
		<-release
		return nil
	})
	e.GET("/quick", respondOK)
	url := httpservertest.Start(t, e)
	const slowRequests = 20
	for range slowRequests {
		if got := get(t, url+"/slow/1"); got.StatusCode != http.StatusServiceUnavailable {
			t.Fatalf("status: got %d, want 503", got.StatusCode)
		}
		get(t, url+"/quick")
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
