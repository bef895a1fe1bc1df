package faultnet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Names is a DNS server over UDP for names whose addresses change.
type Names struct {
	conn      net.PacketConn
	wg        sync.WaitGroup
	closing   chan struct{} // closed by Close
	closeOnce sync.Once

	mu        sync.Mutex
	addresses map[string][]netip.Addr // by canonicalName
	delay     time.Duration           // before each answer
	lookups   int                     // number of received queries
}

// NewNames returns a DNS server on a free port of 127.0.0.1. It knows no names at first.
func NewNames() (*Names, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("faultnet: start a DNS server: %w", err)
	}
	n := &Names{conn: conn, closing: make(chan struct{}), addresses: make(map[string][]netip.Addr)}
	n.wg.Go(n.serve)
	return n, nil
}

// Addr returns the address that the server listens on, as host:port.
func (n *Names) Addr() string { return n.conn.LocalAddr().String() }

// Set sets the IPv4 addresses of a name, in the order in which answers list them. Without
// addresses, the name no longer exists.
func (n *Names) Set(name string, addresses ...string) {
	parsed := make([]netip.Addr, len(addresses))
	for i, address := range addresses {
		parsed[i] = netip.MustParseAddr(address)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addresses[canonicalName(name)] = parsed
}

// SetDelay makes the server wait for the delay before each answer.
func (n *Names) SetDelay(delay time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.delay = delay
}

// Asked returns the number of queries so far.
func (n *Names) Asked() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lookups
}

// Resolver returns a resolver that uses only this server. It can replace
// [net.DefaultResolver] or be used by a dialer.
func (n *Names) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", n.Addr())
	}}
}

// Close stops the server.
func (n *Names) Close() error {
	n.closeOnce.Do(func() { close(n.closing) })
	err := n.conn.Close()
	n.wg.Wait()
	return err
}

// canonicalName returns a name in lower case, with a dot at the end.
func canonicalName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) + "." }

// serve answers queries until the connection is closed.
func (n *Names) serve() {
	var answers sync.WaitGroup
	defer answers.Wait()
	buffer := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		n.mu.Lock()
		n.lookups++
		answer, delay := n.answer(buffer[:size]), n.delay
		n.mu.Unlock()
		if answer == nil {
			continue
		}
		answers.Go(func() {
			timer := time.NewTimer(delay)
			defer timer.Stop()
			select {
			case <-timer.C:
				_, _ = n.conn.WriteTo(answer, from)
			case <-n.closing:
			}
		})
	}
}

// answer returns the answer to a DNS query, or nil if the query is malformed. The caller
// holds mu.
func (n *Names) answer(query []byte) []byte {
	var message dnsmessage.Message
	if err := message.Unpack(query); err != nil || len(message.Questions) != 1 {
		return nil
	}
	question := message.Questions[0]
	addresses, known := n.addresses[strings.ToLower(question.Name.String())]
	answer := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: message.ID, Response: true, Authoritative: true},
		Questions: message.Questions,
	}
	if !known || len(addresses) == 0 {
		answer.RCode = dnsmessage.RCodeNameError
	}
	if question.Type == dnsmessage.TypeA {
		for _, address := range addresses {
			answer.Answers = append(answer.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
				Body:   &dnsmessage.AResource{A: address.As4()},
			})
		}
	}
	packed, err := answer.Pack()
	if err != nil {
		return nil
	}
	return packed
}
