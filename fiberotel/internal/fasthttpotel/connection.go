package fasthttpotel

import (
	"context"
	"net"
	"sync"
	"time"
)

// maxUnusedAge is the age at which Shutdown closes a connection that has not received any
// byte, as in net/http. Browsers open such connections in advance. fasthttp counts each of
// them as a request in progress, so Shutdown would otherwise wait for the browser.
const maxUnusedAge = 5 * time.Second

// listener is a net.Listener that tracks the connections that it has accepted. Its Close
// may be called several times.
type listener struct {
	net.Listener
	// bufferSize is the size of fasthttp's write buffer for each connection.
	bufferSize int64
	// closeOnce ensures that the net.Listener is closed only once.
	closeOnce sync.Once
	// closeErr is the result of closing the net.Listener.
	closeErr error

	// mu guards the fields below.
	mu sync.Mutex
	// openConns holds the connections that fasthttp has not closed.
	openConns map[*connection]struct{}
	// unusedConns maps each connection on which nothing was received yet to the time at
	// which it was accepted.
	unusedConns map[*connection]time.Time
	// closed is set by closeAll. From then on, Accept closes each new connection at once.
	closed bool
	// idleSignal is closed when openConns becomes empty. waitIdle creates it if it has to
	// wait for that.
	idleSignal chan struct{}
}

// newListener returns a listener that tracks the connections of ln. bufferSize is the size
// of fasthttp's write buffer.
func newListener(ln net.Listener, bufferSize int64) *listener {
	return &listener{
		Listener: ln, bufferSize: bufferSize,
		openConns: make(map[*connection]struct{}), unusedConns: make(map[*connection]time.Time),
	}
}

// Accept returns a tracked connection. For TCP, it has all methods of a *net.TCPConn.
func (l *listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: accepted, listener: l, writes: writeTracker{bufferSize: l.bufferSize}}
	l.mu.Lock()
	l.openConns[c] = struct{}{}
	l.unusedConns[c] = time.Now()
	closed := l.closed
	l.mu.Unlock()
	if closed {
		_ = accepted.Close()
	}
	if tcp, ok := accepted.(*net.TCPConn); ok {
		return &tcpConnection{TCPConn: tcp, conn: c}, nil
	}
	return c, nil
}

func (l *listener) Close() error {
	l.closeOnce.Do(func() { l.closeErr = l.Listener.Close() })
	return l.closeErr
}

// markUsed removes c from unusedConns.
func (l *listener) markUsed(c *connection) {
	l.mu.Lock()
	delete(l.unusedConns, c)
	l.mu.Unlock()
}

// remove removes c from the listener's connections. If no connection is left, it closes
// idleSignal.
func (l *listener) remove(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.unusedConns, c)
	delete(l.openConns, c)
	if len(l.openConns) == 0 && l.idleSignal != nil {
		close(l.idleSignal)
		l.idleSignal = nil
	}
}

// startClosingUnused closes unused connections when they reach maxUnusedAge, until stop is
// called.
func (l *listener) startClosingUnused() (stop func()) {
	l.closeUnused(maxUnusedAge)
	ticker := time.NewTicker(100 * time.Millisecond)
	done := make(chan struct{})
	go func() {
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				l.closeUnused(maxUnusedAge)
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

// closeUnused closes the unused connections that have reached the given age.
func (l *listener) closeUnused(age time.Duration) {
	l.mu.Lock()
	var expired []*connection
	for c, accepted := range l.unusedConns {
		if time.Since(accepted) >= age {
			expired = append(expired, c)
			delete(l.unusedConns, c)
		}
	}
	l.mu.Unlock()
	for _, c := range expired {
		_ = c.Conn.Close()
	}
}

// closeAll closes all open connections, and makes Accept close the following ones.
func (l *listener) closeAll() {
	l.mu.Lock()
	l.closed = true
	open := make([]*connection, 0, len(l.openConns))
	for c := range l.openConns {
		open = append(open, c)
	}
	l.mu.Unlock()
	for _, c := range open {
		_ = c.Conn.Close()
	}
}

// waitIdle waits until fasthttp has closed all connections, and then returns nil. If ctx
// ends first, it returns the cause of ctx.
func (l *listener) waitIdle(ctx context.Context) error {
	l.mu.Lock()
	if len(l.openConns) == 0 {
		l.mu.Unlock()
		return nil
	}
	if l.idleSignal == nil {
		l.idleSignal = make(chan struct{})
	}
	idle := l.idleSignal
	l.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// connection notifies its listener when it has received the first byte, and when fasthttp
// closes it. It also counts the written bytes.
type connection struct {
	net.Conn
	// listener is the listener that accepted the connection.
	listener *listener
	// readOnce and closeOnce ensure that the listener is notified only once of the first byte
	// and only once of Close.
	readOnce, closeOnce sync.Once
	// writes counts the written bytes and keeps the first error of a write.
	writes writeTracker
}

func (c *connection) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.readOnce.Do(func() { c.listener.markUsed(c) })
	}
	return n, err
}

func (c *connection) Close() error {
	c.writes.closed.Store(true)
	err := c.Conn.Close()
	c.closeOnce.Do(func() { c.listener.remove(c) })
	return err
}

// tcpConnection is a connection with all methods of a *net.TCPConn, so that fasthttp can
// use the kernel's sendfile.
type tcpConnection struct {
	*net.TCPConn
	// conn wraps TCPConn, and tracks its reads, writes and Close.
	conn *connection
}

func (c *tcpConnection) Read(b []byte) (int, error) { return c.conn.Read(b) }
func (c *tcpConnection) Close() error               { return c.conn.Close() }
