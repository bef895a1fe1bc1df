package service

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/samespan/samespan/conformance/internal/poll"
)

// FreeAddress returns a loopback address that is not in use, for a service that is given
// its address at the start. The port is below the range from which systems assign ports:
// otherwise another program could get the address before the service listens, or between
// two starts.
func FreeAddress() (string, error) {
	c, err := claimFreeAddress()
	if err != nil {
		return "", err
	}
	c.releaseLater()
	return c.address, nil
}

// claim reserves an address among the suites on this machine, including those of other
// processes. It is a UDP socket with the same port number, which does not prevent a
// service from listening on TCP.
type claim struct {
	address string
	socket  net.PacketConn // only reserves the port: nothing is sent on it
}

// claimFreeAddress claims an address that is not in use.
func claimFreeAddress() (*claim, error) {
	const lowest, ports, attempts = 10_000, 20_000, 100
	var lastErr error
	for range attempts {
		var c *claim
		if c, lastErr = claimAddress(fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(ports))); lastErr == nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("no free port found: %w", lastErr)
}

// claimAddress claims address. It returns an error if address is already claimed or in use.
func claimAddress(address string) (*claim, error) {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, err
	}
	if err := checkFree(address); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return &claim{address, socket}, nil
}

// checkFree returns an error if address is in use. To find out, it listens on address for a
// moment. If this process starts a service at that moment, the new process has the listening
// socket too, until it executes its program. So checkFree returns only when address refuses
// connections: otherwise the suite would take the new process for the service that will
// listen on address, and then get no response from it.
func checkFree(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if err := listener.Close(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if !poll.Until(ctx, func() bool { return refuses(address) }) {
		return fmt.Errorf("%s accepts connections", address)
	}
	return nil
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

// releaseDelay is longer than a service may take until it listens. With a shorter delay,
// another service could get the same address before the first service listens, and the
// suite would send requests to the wrong service.
var releaseDelay = StartTime + 10*time.Second

// releaseLater releases the claim after releaseDelay.
func (c *claim) releaseLater() {
	time.AfterFunc(releaseDelay, func() { _ = c.socket.Close() })
}
