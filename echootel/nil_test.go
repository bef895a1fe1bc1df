package echootel

import (
	"fmt"
	"strings"
	"testing"
)

func TestServerPanicsWithoutEcho(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "echootel: Server: the *echo.Echo is nil") {
			t.Errorf("got panic %q, want one that says that the Echo is nil", got)
		}
	}()
	Server(nil, "127.0.0.1:0")
}
