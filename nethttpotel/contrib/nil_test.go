package contrib_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel/contrib"
)

// TestMiddlewarePanicsWithoutHandler proves that a nil handler is refused when the service starts,
// not at each request.
func TestMiddlewarePanicsWithoutHandler(t *testing.T) {
	middleware := contrib.Middleware(httpservertest.New(t, httpserver.Config{}))
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "nethttpotel/contrib: Middleware: the handler is nil") {
			t.Errorf("got panic %q, want one that says that the handler is nil", got)
		}
	}()
	middleware(nil)
}
