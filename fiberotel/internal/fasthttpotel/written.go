package fasthttpotel

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// written is what has been written to a connection. fasthttp tells nothing of
// it, so that it is known only of the connections of [Server].
type written struct {
	bytes atomic.Int64
	err   atomic.Pointer[error] // the first one
}

func (w *written) add(n int64, err error) {
	w.bytes.Add(n)
	if err != nil {
		w.err.CompareAndSwap(nil, &err)
	}
}

func (c *connection) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written.add(int64(n), err)
	return n, err
}

func (c *connection) writes() *written { return &c.written }

func (c *tcpConnection) Write(b []byte) (int, error) { return c.tracked.Write(b) }

// ReadFrom has the system send a file.
func (c *tcpConnection) ReadFrom(r io.Reader) (int64, error) {
	n, err := c.TCPConn.ReadFrom(r)
	c.tracked.written.add(n, err)
	return n, err
}

func (c *tcpConnection) writes() *written { return c.tracked.writes() }

// writtenTo returns what has been written to server's connection, nil where that
// is not known.
func writtenTo(server *fasthttp.RequestCtx) *written {
	if c, ok := server.Conn().(interface{ writes() *written }); ok {
		return c.writes()
	}
	return nil
}

// aborted tells why the answer did not go out in full, where that is known, and
// whether nothing of it did.
func (x *Exchange) aborted() (abort httpserver.Abort, nothing bool) {
	if x.written == nil {
		return httpserver.NotAborted, false
	}
	err := x.written.err.Load()
	if err == nil {
		return httpserver.NotAborted, false
	}
	nothing = x.written.bytes.Load() == x.before
	switch {
	case errors.Is(*err, os.ErrDeadlineExceeded):
		return httpserver.AbortedByTimeout, nothing
	case errors.Is(*err, net.ErrClosed), x.ServerIsClosed():
		return httpserver.AbortedByServer, nothing
	default:
		return httpserver.AbortedByClient, nothing
	}
}
