package otlptest

import (
	"net"
	"sync"
)

// connections are those that a server has accepted, by remote address, so that
// the connection of an export can be cut.
type connections struct {
	net.Listener

	mu   sync.Mutex
	open map[string]net.Conn
}

// Accept is the listener's.
func (c *connections) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tracked := &connection{Conn: conn, onClose: c.forget}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = make(map[string]net.Conn)
	}
	c.open[conn.RemoteAddr().String()] = conn
	return tracked, nil
}

// cut resets the connection from that address, if it is still open.
func (c *connections) cut(remote string) {
	c.mu.Lock()
	conn := c.open[remote]
	c.mu.Unlock()
	if conn == nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, not an orderly end
	}
	conn.Close()
}

func (c *connections) forget(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	remote := conn.RemoteAddr().String()
	// A new connection may have the same address.
	if c.open[remote] == conn {
		delete(c.open, remote)
	}
}

// connection removes itself when it is closed.
type connection struct {
	net.Conn
	onClose func(net.Conn)
}

func (c *connection) Close() error {
	err := c.Conn.Close()
	c.onClose(c.Conn)
	return err
}
