package echootel

import (
	"fmt"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
)

// TestServerPanicsForInvalidArguments proves that Server does not ignore a nil Echo, whose
// requests would panic, or a second config.
func TestServerPanicsForInvalidArguments(t *testing.T) {
	for want, server := range map[string]func(){
		"echootel: Server: the *echo.Echo is nil": func() { Server(nil, "127.0.0.1:0") },
		"echootel: Server: 2 configs are given":   func() { Server(echo.New(), "127.0.0.1:0", echo.StartConfig{}, echo.StartConfig{}) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("got panic %q, want %q", got, want)
				}
			}()
			server()
		}()
	}
}
