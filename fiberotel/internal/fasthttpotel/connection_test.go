package fasthttpotel

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// acceptPair returns a listener and both ends of a connection that it has accepted.
func acceptPair(t *testing.T) (l *listener, server, client net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l = newListener(ln, defaultBufferSize)
	t.Cleanup(func() { _ = l.Close() })
	client, err = net.Dial("tcp4", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(); _ = server.Close() })
	return l, server, client
}

// isOpen reports whether the connection is still open at the server's end. client is the
// client's end. A read whose deadline has passed before it begins does not notice that the
// connection is closed, so the deadline is long enough for a busy machine.
func isOpen(t *testing.T, client net.Conn) bool {
	t.Helper()
	if err := client.SetReadDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, err := client.Read(make([]byte, 1))
	timeout, ok := err.(net.Error) //nolint:errorlint // a connection returns an unwrapped net.Error
	return ok && timeout.Timeout()
}

func TestUnusedConnectionsAreClosed(t *testing.T) {
	l, _, client := acceptPair(t)
	l.closeUnused(time.Hour)
	if !isOpen(t, client) {
		t.Error("a new connection was closed")
	}
	l.closeUnused(0)
	if isOpen(t, client) {
		t.Error("a connection that was never used is still open")
	}
	if len(l.unusedConns) > 0 {
		t.Error("a closed connection is not forgotten")
	}
}

func TestUsedConnectionsStayOpen(t *testing.T) {
	l, server, client := acceptPair(t)
	if _, err := io.WriteString(client, "G"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(server, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	l.closeUnused(0)
	if !isOpen(t, client) {
		t.Error("a connection was closed in the middle of a request")
	}
	if len(l.unusedConns) > 0 {
		t.Error("a used connection is not forgotten")
	}
	if _, ok := server.(io.ReaderFrom); !ok {
		t.Error("files are not sent by the system any more")
	}
}

// TestReadFromIgnoresSourceErrors proves that ReadFrom does not record a read error of its
// source as an error of the connection. This does not apply to a file: the kernel reads it,
// so its read errors cannot be distinguished from errors of the connection.
func TestReadFromIgnoresSourceErrors(t *testing.T) {
	failure := errors.New("source failed")
	_, server, client := acceptPair(t)
	go func() { _, _ = io.Copy(io.Discard, client) }()
	readerFrom, ok := server.(io.ReaderFrom)
	if !ok {
		t.Fatal("the connection does not read from a source")
	}
	writes := server.(interface{ writeTracker() *writeTracker }).writeTracker()
	sent, err := readerFrom.ReadFrom(io.MultiReader(strings.NewReader("part"), iotest.ErrReader(failure)))
	if sent != 4 || !errors.Is(err, failure) {
		t.Fatalf("got %d bytes and error %v, want 4 and the source's", sent, err)
	}
	if failed := writes.err.Load(); failed != nil || writes.bytes.Load() != 4 {
		t.Errorf("got %d bytes and the error %v of the connection, want 4 and none", writes.bytes.Load(), failed)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := readerFrom.ReadFrom(strings.NewReader("more")); err == nil || writes.err.Load() == nil {
		t.Errorf("got error %v, which the connection does not know, want that it is closed", err)
	}
}
