// Package loopback finds free loopback addresses for tests. It imports only the
// standard library.
package loopback

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

// FreeAddress returns a loopback address that is not in use. Use it for a process that
// needs the address to listen on as an argument, and for an address that must refuse
// connections. The system does not assign the port to other code, since the port is below
// the range of ports that systems assign.
func FreeAddress() (string, error) {
	const firstPort, portCount, attempts = 10_000, 20_000, 100
	var lastErr error
	for range attempts {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(portCount))
		if lastErr = claimAddress(address); lastErr == nil {
			return address, nil
		}
	}
	return "", fmt.Errorf("no free port: %w", lastErr)
}

// claimAddress claims address for a minute. It returns an error if address is in use or
// already claimed, by this or another process. A claim is a UDP socket with the same port.
// The claim does not prevent a service from listening on TCP.
func claimAddress(address string) error {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		return err
	}
	if err := checkFree(address); err != nil {
		return errors.Join(err, socket.Close())
	}
	time.AfterFunc(time.Minute, func() { _ = socket.Close() })
	return nil
}

// checkFree returns an error if address is in use. To find out, it listens on address for a
// moment. If this process starts a program at that moment, the new process has the listening
// socket too, until it executes the program. So checkFree returns only when address refuses
// connections.
func checkFree(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if err := listener.Close(); err != nil {
		return err
	}
	for range 100 {
		if refuses(address) {
			return nil
		}
		<-time.After(10 * time.Millisecond)
	}
	return fmt.Errorf("%s accepts connections", address)
}

// refuses reports whether address accepts no connections. It waits only for a moment, since
// Windows does not refuse a connection at once.
func refuses(address string) bool {
	dialer := net.Dialer{Timeout: 200 * time.Millisecond}
	conn, err := dialer.DialContext(context.Background(), "tcp", address)
	if err != nil {
		return true
	}
	conn.Close()
	return false
}
