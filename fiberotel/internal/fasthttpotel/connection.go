package fasthttpotel

import (
	"net"
	"sync"
	"time"
)

// unusedAge is how long a connection may exist without a byte of a request
// before Shutdown takes it for idle, as net/http does: browsers open some in
// case they need them. fasthttp takes it for a request in progress.
const unusedAge = 5 * time.Second

// listener is closed once, by whoever is first, and knows the connections that
// have not been used yet.
type listener struct {
	net.Listener
	once sync.Once
	err  error

	mu     sync.Mutex
	unused map[*connection]time.Time
}

func newListener(ln net.Listener) *listener {
	return &listener{Listener: ln, unused: make(map[*connection]time.Time)}
}

// Accept returns the connection with everything that a TCP connection offers.
func (l *listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	tcp, ok := accepted.(*net.TCPConn)
	if err != nil || !ok {
		return accepted, err
	}
	c := &connection{TCPConn: tcp, listener: l}
	l.mu.Lock()
	l.unused[c] = time.Now()
	l.mu.Unlock()
	return c, nil
}

func (l *listener) Close() error {
	l.once.Do(func() { l.err = l.Listener.Close() })
	return l.err
}

func (l *listener) forget(c *connection) {
	l.mu.Lock()
	delete(l.unused, c)
	l.mu.Unlock()
}

// keepClosingUnused closes unused connections as they become old, until the
// function that it returns is called.
func (l *listener) keepClosingUnused() (stop func()) {
	l.closeUnused(unusedAge)
	ticker := time.NewTicker(100 * time.Millisecond)
	done := make(chan struct{})
	go func() {
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				l.closeUnused(unusedAge)
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

// closeUnused closes the connections that are at least as old as age and were
// never used.
func (l *listener) closeUnused(age time.Duration) {
	l.mu.Lock()
	var old []*connection
	for c, accepted := range l.unused {
		if time.Since(accepted) >= age {
			old = append(old, c)
		}
	}
	l.mu.Unlock()
	for _, c := range old {
		_ = c.Close() // nobody waits for an answer
	}
}

// connection tells its listener when it is first read from, or closed.
type connection struct {
	*net.TCPConn
	listener *listener
	known    sync.Once
}

func (c *connection) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	if n > 0 {
		c.known.Do(func() { c.listener.forget(c) })
	}
	return n, err
}

func (c *connection) Close() error {
	c.known.Do(func() { c.listener.forget(c) })
	return c.TCPConn.Close()
}
