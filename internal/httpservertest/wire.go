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

// Wire is a connection on which a client has already sent everything. Unlike a
// socket it never loses a response to a reset.
type Wire struct {
	mu     sync.Mutex
	sent   *bytes.Reader
	answer bytes.Buffer
	closed chan struct{}
	once   sync.Once
}

var _ net.Conn = (*Wire)(nil)

// NewWire returns a connection on which sent was received.
func NewWire(sent []byte) *Wire {
	return &Wire{sent: bytes.NewReader(sent), closed: make(chan struct{})}
}

func (w *Wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent.Read(p)
}

func (w *Wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answer.Write(p)
}

// Close makes [Wire.Answer] return the complete response.
func (w *Wire) Close() error {
	w.once.Do(func() { close(w.closed) })
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

// Answer returns what the server has sent, when it has closed the connection.
func (w *Wire) Answer(t testing.TB) string {
	t.Helper()
	select {
	case <-w.closed:
	case <-time.After(waitTimeout):
		t.Fatalf("the server has not closed the connection after %v", waitTimeout)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answer.String()
}

// ServeWire serves one connection with net/http's server. A message in its log
// about the middleware fails the test.
func ServeWire(t testing.TB, handler http.Handler, wire *Wire) {
	t.Helper()
	complaints := &failOnLog{t: t}
	server := &http.Server{
		Handler: handler, ErrorLog: slog.NewLogLogger(slog.NewTextHandler(complaints, nil), slog.LevelError),
		ReadHeaderTimeout: waitTimeout, DisableGeneralOptionsHandler: true,
	}
	listener := make(connListener, 1)
	listener <- wire
	close(listener)
	_ = server.Serve(listener) // ends when there are no more connections
}

// connListener is a listener that returns the given connections one after the other.
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

// panicMessage is the value with which handlers of tests panic.
const panicMessage = "on purpose"

// failOnLog fails a test if a server logs a message about the middleware.
type failOnLog struct{ t testing.TB }

func (c *failOnLog) Write(p []byte) (int, error) {
	if line := string(p); strings.Contains(line, "samespan") && !strings.Contains(line, panicMessage) {
		c.t.Errorf("the server complains: %s", line)
	}
	return len(p), nil
}
