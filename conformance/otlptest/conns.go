package otlptest

import (
	"net"
	"sync"
)

// trackingListener tracks accepted connections by remote address, so that the connection
// of an export can be reset.
type trackingListener struct {
	net.Listener

	mu        sync.Mutex
	openConns map[string]net.Conn // by remote address
}

// Accept implements net.Listener.
func (c *trackingListener) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tracked := &trackedConn{Conn: conn, onClose: c.remove}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.openConns == nil {
		c.openConns = make(map[string]net.Conn)
	}
	c.openConns[conn.RemoteAddr().String()] = conn
	return tracked, nil
}

// resetConnection resets the connection from the remote address if the connection is
// still open.
func (c *trackingListener) resetConnection(remote string) {
	c.mu.Lock()
	conn := c.openConns[remote]
	c.mu.Unlock()
	if conn == nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes Close send a reset
	}
	conn.Close()
}

// remove stops tracking a closed connection.
func (c *trackingListener) remove(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	remote := conn.RemoteAddr().String()
	// Keep a newer connection that has the same remote address.
	if c.openConns[remote] == conn {
		delete(c.openConns, remote)
	}
}

// trackedConn removes itself from the listener when it is closed.
type trackedConn struct {
	net.Conn
	onClose func(net.Conn) // called with Conn by Close
}

func (c *trackedConn) Close() error {
	err := c.Conn.Close()
	c.onClose(c.Conn)
	return err
}
