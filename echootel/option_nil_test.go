package echootel

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestNilOptionPanics(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "echootel: option") {
			t.Errorf("got panic %q, want one that says that the option is nil", got)
		}
	}()
	Middleware(rec, nil)
}
