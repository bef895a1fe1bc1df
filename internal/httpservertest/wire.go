package httpservertest

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Wire is an in-memory connection on which a client has already sent all its bytes. On a
// socket, the client may lose a response if the server resets the connection. A Wire
// never loses a response.
type Wire struct {
	// mu guards requests and responses.
	mu sync.Mutex
	// requests holds the bytes that the client has sent.
	requests *bytes.Reader
	// responses holds the bytes that the server has written.
	responses bytes.Buffer
	// closeSignal is closed when the server closes the connection.
	closeSignal chan struct{}
	closeOnce   sync.Once
}

var _ net.Conn = (*Wire)(nil)

// NewWire returns a connection from which the server reads sent.
func NewWire(sent []byte) *Wire {
	return &Wire{requests: bytes.NewReader(sent), closeSignal: make(chan struct{})}
}

func (w *Wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requests.Read(p)
}

func (w *Wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.responses.Write(p)
}

// Close marks the response as complete, so [Wire.Answer] returns.
func (w *Wire) Close() error {
	w.closeOnce.Do(func() { close(w.closeSignal) })
	return nil
}

// LocalAddr returns a loopback address.
func (*Wire) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// RemoteAddr returns a loopback address.
func (*Wire) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711} }

// SetDeadline does nothing: reads and writes do not block.
func (*Wire) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing: reads do not block.
func (*Wire) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: writes do not block.
func (*Wire) SetWriteDeadline(time.Time) error { return nil }

// Answer waits until the server has closed the connection, and returns the bytes that the
// server has written.
func (w *Wire) Answer(t testing.TB) string {
	t.Helper()
	select {
	case <-w.closeSignal:
	case <-time.After(waitTimeout):
		t.Fatalf("the server has not closed the connection after %v", waitTimeout)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.responses.String()
}

// ServeWire serves the connection with a server of net/http. If the server logs a message
// about the middleware, the test fails.
func ServeWire(t testing.TB, handler http.Handler, wire *Wire) {
	t.Helper()
	serverLog := &logChecker{t: t}
	server := &http.Server{
		Handler: handler, ErrorLog: slog.NewLogLogger(slog.NewTextHandler(serverLog, nil), slog.LevelError),
		ReadHeaderTimeout: waitTimeout, DisableGeneralOptionsHandler: true,
	}
	listener := make(connListener, 1)
	listener <- wire
	close(listener)
	_ = server.Serve(listener) // ends when there are no more connections
}

// connListener is a listener that accepts the connections in the channel.
type connListener chan net.Conn

func (w connListener) Accept() (net.Conn, error) {
	conn, ok := <-w
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (connListener) Close() error   { return nil }
func (connListener) Addr() net.Addr { return &net.TCPAddr{} }

// panicMessage is the value of panics that handlers of tests cause intentionally.
const panicMessage = "on purpose"

// logChecker is a writer to which a server logs. It fails the test if a message is about the
// middleware.
type logChecker struct{ t testing.TB }

func (c *logChecker) Write(p []byte) (int, error) {
	if line := string(p); strings.Contains(line, "samespan") && !strings.Contains(line, panicMessage) {
		c.t.Errorf("the server logged: %s", line)
	}
	return len(p), nil
}
