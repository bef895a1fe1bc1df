package service

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"
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
	return nil, fmt.Errorf("no free port: %w", lastErr)
}

// claimAddress claims address. It returns an error if address is already claimed or in use.
func claimAddress(address string) (*claim, error) {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return &claim{address, socket}, listener.Close()
}

// releaseDelay is longer than a service may take until it listens. With a shorter delay,
// another service could get the same address before the first service listens, and the
// suite would send requests to the wrong service.
var releaseDelay = StartTime + 10*time.Second

// releaseLater releases the claim after releaseDelay.
func (c *claim) releaseLater() {
	time.AfterFunc(releaseDelay, func() { _ = c.socket.Close() })
}
