package ginotel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestUsePanicsWithoutEngine(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "ginotel: Use: the *gin.Engine is nil") {
			t.Errorf("got panic %q, want one that says that the engine is nil", got)
		}
	}()
	ginotel.Use(nil, rec)
}
