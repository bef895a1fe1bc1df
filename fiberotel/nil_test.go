package fiberotel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samespan/samespan/fiberotel"
)

func TestServerPanicsWithoutApp(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "fiberotel: Server: the *fiber.App is nil") {
			t.Errorf("got panic %q, want one that says that the app is nil", got)
		}
	}()
	fiberotel.Server(nil, "127.0.0.1:0")
}
