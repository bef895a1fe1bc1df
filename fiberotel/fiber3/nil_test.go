package fiberotel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"

	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
)

// TestServerPanicsForInvalidArguments proves that Server refuses a nil app, and does not ignore a
// second config.
func TestServerPanicsForInvalidArguments(t *testing.T) {
	for want, server := range map[string]func(){
		"fiberotel: Server: the *fiber.App is nil": func() { fiberotel.Server(nil, "127.0.0.1:0") },
		"fiberotel: Server: 2 configs are given": func() {
			fiberotel.Server(fiber.New(), "127.0.0.1:0", fiber.ListenConfig{}, fiber.ListenConfig{})
		},
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
