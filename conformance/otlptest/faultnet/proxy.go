package faultnet

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// Proxy passes TCP connections on to a server, and lets faults happen to them.
// Its methods are safe for concurrent use.
type Proxy struct {
	listener net.Listener
	served   sync.WaitGroup

	mu       sync.Mutex
	target   string
	swallow  bool
	accepted int
	links    map[*link]struct{}
	closed   bool

	swallowed atomic.Int64
}

// NewProxy listens on a free port of 127.0.0.1 and passes connections on to
// target, as host:port.
func NewProxy(target string) (*Proxy, error) { return NewProxyAt("127.0.0.1:0", target) }

// NewProxyAt is NewProxy with the address to listen on: proxies at several
// addresses, with the same port, are where a name of [Names] leads to in turns.
func NewProxyAt(address, target string) (*Proxy, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("faultnet: a proxy at %q for %q: %w", address, target, err)
	}
	p := &Proxy{listener: listener, target: target, links: make(map[*link]struct{})}
	p.served.Go(p.accept)
	return p, nil
}

// Addr is the address listened on, as host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Accepted counts the connections that clients have made.
func (p *Proxy) Accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

// Swallowed counts the bytes that clients have sent on connections that had
// frozen, up to what fills a buffer of the system.
func (p *Proxy) Swallowed() int64 { return p.swallowed.Load() }

// Freeze lets nothing more pass on the connections that there are, in either
// direction, and keeps them open: a balancer or a NAT has forgotten them. New
// connections work.
func (p *Proxy) Freeze() {
	for _, l := range p.all() {
		l.freeze()
	}
}

// Blackhole makes new connections frozen from their beginning, until it is
// called with false.
func (p *Proxy) Blackhole(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallow = on
}

// Reset ends the connections that there are with a reset.
func (p *Proxy) Reset() {
	for _, l := range p.all() {
		l.reset()
	}
}

// Retarget passes new connections on to another server.
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
	for _, l := range p.all() {
		l.close()
	}
	p.served.Wait()
	return err
}

func (p *Proxy) all() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	links := make([]*link, 0, len(p.links))
	for l := range p.links {
		links = append(links, l)
	}
	return links
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.accepted++
		target, swallow, closed := p.target, p.swallow, p.closed
		p.mu.Unlock()
		if closed {
			_ = client.Close()
			return
		}
		l := &link{client: client, swallowed: &p.swallowed, frozen: make(chan struct{}), ended: make(chan struct{})}
		if swallow {
			l.freeze()
		}
		p.mu.Lock()
		p.links[l] = struct{}{}
		p.mu.Unlock()
		p.served.Go(func() {
			l.run(target)
			p.mu.Lock()
			delete(p.links, l)
			p.mu.Unlock()
		})
	}
}

// link is a client's connection and the one to the server.
type link struct {
	client    net.Conn
	swallowed *atomic.Int64

	mu     sync.Mutex
	server net.Conn

	freezing, ending sync.Once
	frozen, ended    chan struct{}
}

func (l *link) freeze() { l.freezing.Do(func() { close(l.frozen) }) }

// run passes bytes on until either side ends or the link is closed.
func (l *link) run(target string) {
	defer l.close()
	if l.isFrozen() {
		<-l.ended
		return
	}
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.server = server
	l.mu.Unlock()
	select {
	case <-l.ended:
		_ = server.Close()
		return
	default:
	}
	var both sync.WaitGroup
	both.Go(func() { l.pass(server, l.client) })
	both.Go(func() { l.pass(l.client, server) })
	both.Wait()
}

// pass passes bytes on in one direction.
func (l *link) pass(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if l.isFrozen() {
			if from == l.client {
				l.swallowed.Add(int64(n))
			}
			<-l.ended
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
	if l.isFrozen() {
		<-l.ended
	}
	l.close()
}

func (l *link) isFrozen() bool {
	select {
	case <-l.frozen:
		return true
	default:
		return false
	}
}

// reset closes the client's side with a reset.
func (l *link) reset() {
	if tcp, ok := l.client.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	l.close()
}

func (l *link) close() {
	l.ending.Do(func() {
		close(l.ended)
		_ = l.client.Close()
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.server != nil {
			_ = l.server.Close()
		}
	})
}
