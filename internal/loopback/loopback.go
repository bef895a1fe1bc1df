// Package loopback finds addresses for tests to listen at. It imports the
// standard library alone.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreeAddress returns a loopback address that is not in use, for what is told
// where to listen, or must find nobody there. Its port is below those that
// systems give to connections and to listeners that ask for any: one of those
// would soon be somebody else's.
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
