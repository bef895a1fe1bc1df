package fasthttpotel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// writeTracker counts the bytes that are written to a connection, and keeps the first error.
// fasthttp itself does not report them. They are known only for connections of [Server].
type writeTracker struct {
	// bytes is the number of bytes that were written so far.
	bytes atomic.Int64
	// err points to the first error of a write. It is nil if there was no error.
	err atomic.Pointer[error]
	// closed is set when fasthttp or a handler closes the connection.
	closed atomic.Bool
	// tail holds the last bytes that were written, the last one in the lowest byte.
	tail atomic.Uint64
	// responseBegun is set when anything but an informational response is written. It is
	// reset at the start of each exchange.
	responseBegun atomic.Bool
	// idle is set when fasthttp has completed a response and keeps the connection.
	idle atomic.Bool
	// bufferSize is how many bytes fasthttp buffers before it writes them.
	bufferSize int64
}

// add records a write of n bytes and its error, which may be nil.
func (w *writeTracker) add(n int64, err error) {
	w.bytes.Add(n)
	if err != nil {
		w.err.CompareAndSwap(nil, &err)
	}
}

// keepTail records the last bytes of b, which was written.
func (w *writeTracker) keepTail(b []byte) {
	tail := w.tail.Load()
	for _, last := range b[max(0, len(b)-8):] {
		tail = tail<<8 | uint64(last)
	}
	w.tail.Store(tail)
}

// lastChunk is the end of a chunked body without trailers.
const lastChunk = "\r\n0\r\n\r\n"

// endsWithLastChunk reports whether the bytes that were written end with lastChunk.
func (w *writeTracker) endsWithLastChunk() bool {
	var tail [8]byte
	binary.BigEndian.PutUint64(tail[:], w.tail.Load())
	return string(tail[len(tail)-len(lastChunk):]) == lastChunk
}

func (c *connection) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.writes.add(int64(n), err)
	if n > 0 && !isInformational(b) {
		c.writes.responseBegun.Store(true)
	}
	c.writes.keepTail(b[:n])
	return n, err
}

// isInformational reports whether b, which is written at once, is an informational response,
// such as early hints. The response 101, which ends HTTP on the connection, is none.
func isInformational(b []byte) bool {
	return bytes.HasPrefix(b, []byte("HTTP/1.1 1")) && !bytes.HasPrefix(b, []byte("HTTP/1.1 101"))
}

// writeTracker returns the tracker of the writes to the connection.
func (c *connection) writeTracker() *writeTracker { return &c.writes }

func (c *tcpConnection) Write(b []byte) (int, error) { return c.conn.Write(b) }

// ReadFrom copies r to the connection. If r is a file or a connection, the kernel reads r,
// and read errors of r are recorded as errors of this connection. Read errors of any other r
// are not recorded.
func (c *tcpConnection) ReadFrom(r io.Reader) (int64, error) {
	c.conn.writes.responseBegun.Store(true)
	if isSentByKernel(r) {
		n, err := c.TCPConn.ReadFrom(r)
		c.conn.writes.add(n, err)
		return n, err
	}
	source := &sourceReader{Reader: r}
	n, err := c.TCPConn.ReadFrom(source)
	if source.err != nil {
		c.conn.writes.add(n, nil)
		return n, err
	}
	c.conn.writes.add(n, err)
	return n, err
}

// isSentByKernel reports whether the kernel reads r itself if r is copied to a TCP
// connection.
func isSentByKernel(r io.Reader) bool {
	if limited, ok := r.(*io.LimitedReader); ok {
		r = limited.R
	}
	switch r.(type) {
	case *os.File, *net.TCPConn, *net.UnixConn:
		return true
	}
	return false
}

// sourceReader reads from a source, and stores the source's error in err, unless it is
// io.EOF.
type sourceReader struct {
	io.Reader
	// err is the source's last error, unless it is io.EOF.
	err error
}

func (s *sourceReader) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// writeTracker returns the tracker of the writes to the connection.
func (c *tcpConnection) writeTracker() *writeTracker { return c.conn.writeTracker() }

// writeTrackerOf returns the writeTracker of a connection, or nil if the connection has none.
func writeTrackerOf(conn net.Conn) *writeTracker {
	if c, ok := conn.(interface{ writeTracker() *writeTracker }); ok {
		return c.writeTracker()
	}
	return nil
}

// abortReason returns why the response is incomplete, and whether no part of it was sent
// (nothingSent). It returns NotAborted if the bytes are not counted.
func (x *Exchange) abortReason() (abort httpserver.Abort, nothingSent bool) {
	if x.writes == nil {
		return httpserver.NotAborted, false
	}
	err := x.writes.err.Load()
	if err == nil {
		if x.isTruncated() {
			return httpserver.AbortedByServer, x.writes.bytes.Load() == x.bytesBefore
		}
		return httpserver.NotAborted, false
	}
	nothingSent = x.writes.bytes.Load() == x.bytesBefore
	switch {
	case errors.Is(*err, os.ErrDeadlineExceeded):
		return httpserver.AbortedByTimeout, nothingSent
	case errors.Is(*err, net.ErrClosed), x.ServerIsClosed():
		return httpserver.AbortedByServer, nothingSent
	default:
		return httpserver.AbortedByClient, nothingSent
	}
}

// defaultBufferSize is the size of fasthttp's write buffer if the server does not set it.
const defaultBufferSize = 4096

// writeBufferSize returns the size of the buffer through which the server writes.
func writeBufferSize(server *fasthttp.Server) int64 {
	if server.WriteBufferSize > 0 {
		return int64(server.WriteBufferSize)
	}
	return defaultBufferSize
}

// isTruncated reports whether a stream has failed or ended before its declared length.
// fasthttp closes the connection of such a stream, but does not report the failure.
func (x *Exchange) isTruncated() bool {
	response := &x.requestCtx.Response
	if response.SkipBody || x.requestCtx.IsHead() ||
		response.StatusCode() == fasthttp.StatusNoContent || response.StatusCode() == fasthttp.StatusNotModified {
		return false
	}
	const chunked = -1
	if length := response.Header.ContentLength(); length != chunked {
		// Up to bufferSize bytes may be missing, since fasthttp may still have them in its
		// buffer if the client pipelines requests.
		return int64(length)-(x.writes.bytes.Load()-x.bytesBefore) > x.writes.bufferSize
	}
	// A connection that fasthttp does not keep has been flushed.
	return !x.writes.idle.Load() && !x.writes.endsWithLastChunk() && x.pendingHijack == nil &&
		len(response.Header.PeekTrailerKeys()) == 0 && x.requestCtx.Request.Header.IsHTTP11()
}
