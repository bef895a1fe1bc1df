// Package loopback finds free loopback addresses for tests. It imports only the
// standard library.
package loopback

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

// FreeAddress returns a loopback address that is not in use. Use it for processes that
// must be told where to listen, and for addresses that must refuse connections. The port
// is below the range from which systems assign ports, so that the system does not assign
// it to other code.
func FreeAddress() (string, error) {
	const lowest, ports, attempts = 10_000, 20_000, 100
	var last error
	for range attempts {
		address := fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(ports))
		if last = claimAddress(address); last == nil {
			return address, nil
		}
	}
	return "", fmt.Errorf("no free port: %w", last)
}

// claimAddress claims an address. It returns an error if address is in use, or was
// claimed within the last minute by this or another process. A claim is a UDP socket with
// the same port, which does not prevent a service from listening on TCP.
func claimAddress(address string) error {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	time.AfterFunc(time.Minute, func() { _ = socket.Close() }) // nothing is sent on it
	return listener.Close()
}
