package faultnet

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// Proxy forwards TCP connections to a server and injects faults. Its methods
// are safe for concurrent use.
type Proxy struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu            sync.Mutex
	target        string // address of the server for new connections
	isBlackhole   bool   // whether new connections are frozen from the start
	acceptedConns int    // number of connections accepted so far
	pairs         map[*connPair]struct{}
	closed        bool

	swallowedBytes atomic.Int64 // see [Proxy.Swallowed]
}

// NewProxy listens on a free port of 127.0.0.1 and forwards connections to
// target, "host:port".
func NewProxy(target string) (*Proxy, error) { return NewProxyAt("127.0.0.1:0", target) }

// NewProxyAt is like NewProxy but listens on address. Proxies at different loopback
// addresses, such as 127.0.0.1 and 127.0.0.2, can have the same port. A name of [Names] can
// resolve to all of them.
func NewProxyAt(address, target string) (*Proxy, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("faultnet: start a proxy at %q for %q: %w", address, target, err)
	}
	p := &Proxy{listener: listener, target: target, pairs: make(map[*connPair]struct{})}
	p.wg.Go(p.accept)
	return p, nil
}

// Addr returns the address that the proxy listens on, as host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Accepted returns the number of accepted connections.
func (p *Proxy) Accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.acceptedConns
}

// Swallowed returns the number of bytes that the proxy has read from clients and not
// forwarded, because [Proxy.Freeze] was called. The proxy reads at most 32 KiB from a
// frozen connection.
func (p *Proxy) Swallowed() int64 { return p.swallowedBytes.Load() }

// Freeze stops forwarding on all current connections, in both directions, and keeps them
// open, as if a load balancer or NAT had lost its state. New connections are forwarded.
func (p *Proxy) Freeze() {
	for _, c := range p.allPairs() {
		c.freeze()
	}
}

// Blackhole sets whether the proxy freezes new connections: it accepts them, but does not
// forward any data.
func (p *Proxy) Blackhole(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isBlackhole = on
}

// Reset resets all current connections.
func (p *Proxy) Reset() {
	for _, c := range p.allPairs() {
		c.reset()
	}
}

// Retarget forwards new connections to another server. Existing ones are unchanged.
func (p *Proxy) Retarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// Close stops listening and ends all connections.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	err := p.listener.Close()
	for _, c := range p.allPairs() {
		c.close()
	}
	p.wg.Wait()
	return err
}

// allPairs returns the pairs that have not ended.
func (p *Proxy) allPairs() []*connPair {
	p.mu.Lock()
	defer p.mu.Unlock()
	pairs := make([]*connPair, 0, len(p.pairs))
	for c := range p.pairs {
		pairs = append(pairs, c)
	}
	return pairs
}

// accept accepts connections and runs a connPair for each, until the proxy is closed.
func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.acceptedConns++
		target, isBlackhole, closed := p.target, p.isBlackhole, p.closed
		p.mu.Unlock()
		if closed {
			_ = client.Close()
			return
		}
		c := &connPair{client: client, swallowedBytes: &p.swallowedBytes, frozen: make(chan struct{}), ended: make(chan struct{})}
		if isBlackhole {
			c.freeze()
		}
		p.mu.Lock()
		p.pairs[c] = struct{}{}
		p.mu.Unlock()
		p.wg.Go(func() {
			c.run(target)
			p.mu.Lock()
			delete(p.pairs, c)
			p.mu.Unlock()
		})
	}
}

// connPair is the pair of connections for one client: the client's connection to the proxy,
// and the proxy's connection to the server.
type connPair struct {
	client         net.Conn
	swallowedBytes *atomic.Int64 // of the proxy

	mu     sync.Mutex
	server net.Conn // nil until the proxy has connected

	freezeOnce, endOnce sync.Once
	frozen              chan struct{} // closed by freeze
	ended               chan struct{} // closed by close
}

// freeze stops forwarding, and keeps both connections open.
func (c *connPair) freeze() { c.freezeOnce.Do(func() { close(c.frozen) }) }

// run forwards data until one of the connections ends or the pair is closed.
func (c *connPair) run(target string) {
	defer c.close()
	if c.isFrozen() {
		<-c.ended
		return
	}
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return
	}
	c.mu.Lock()
	c.server = server
	c.mu.Unlock()
	select {
	case <-c.ended:
		_ = server.Close()
		return
	default:
	}
	var directions sync.WaitGroup
	directions.Go(func() { c.copyData(server, c.client) })
	directions.Go(func() { c.copyData(c.client, server) })
	directions.Wait()
}

// copyData forwards what it reads from one connection to the other. After freeze, it
// forwards nothing and waits until the pair is closed.
func (c *connPair) copyData(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if c.isFrozen() {
			if from == c.client {
				c.swallowedBytes.Add(int64(n))
			}
			<-c.ended
			return
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	if c.isFrozen() {
		<-c.ended
	}
	c.close()
}

func (c *connPair) isFrozen() bool {
	select {
	case <-c.frozen:
		return true
	default:
		return false
	}
}

// reset closes the client's connection with a TCP reset.
func (c *connPair) reset() {
	if tcp, ok := c.client.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.close()
}

// close closes both connections.
func (c *connPair) close() {
	c.endOnce.Do(func() {
		close(c.ended)
		_ = c.client.Close()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.server != nil {
			_ = c.server.Close()
		}
	})
}
