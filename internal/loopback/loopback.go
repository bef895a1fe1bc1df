// Package loopback finds free loopback addresses for tests. It imports only the
// standard library.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreeAddress returns a loopback address that is not in use, for processes that
// are told where to listen, and for addresses that must refuse connections. Its
// port is below the range from which systems assign ports, so that it is not
// assigned to other code meanwhile.
func FreeAddress() (string, error) {
	const lowest, ports, attempts = 10_000, 20_000, 100
	var last error
	for range attempts {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(ports)))
		if err == nil {
			return listener.Addr().String(), listener.Close()
		}
		last = err
	}
	return "", fmt.Errorf("no free port: %w", last)
}
