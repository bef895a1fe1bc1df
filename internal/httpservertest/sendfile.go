package httpservertest

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// fileSize is the size of [File]. A server does not keep a file of this size in memory.
const fileSize = 1_000_000

// File returns the path of a file of a million bytes, filled with the ten digits.
func File(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.bin")
	if err := os.WriteFile(path, []byte(strings.Repeat("0123456789", fileSize/10)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Spy is a listener whose connections record the source of each copy with ReadFrom.
// ReadFrom uses the kernel's sendfile if the source is a file.
type Spy struct {
	net.Listener
	mu sync.Mutex
	// sourceTypes are the types of the sources so far. They are guarded by mu.
	sourceTypes []string
	// hasSentFile is set if one of the sources was a file. It is guarded by mu.
	hasSentFile bool
}

// NewSpy returns a Spy on a loopback port. The server must close it.
func NewSpy(t testing.TB) *Spy {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &Spy{Listener: listener}
}

// Accept implements net.Listener.
func (s *Spy) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return spyConn{conn.(*net.TCPConn), s}, nil
}

// Sent returns the types of the sources copied by ReadFrom so far.
func (s *Spy) Sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.sourceTypes...)
}

// Kernel reports whether one of the sources was a file. The kernel sends a file itself,
// without copying it through the process.
func (s *Spy) Kernel() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hasSentFile
}

// SentByKernel requests /file and reports whether the kernel has sent the response. The
// response must be the content of a [File].
func (s *Spy) SentByKernel(t testing.TB) bool {
	t.Helper()
	if body := Get(t, "http://"+s.Addr().String()+"/file"); len(body) != fileSize {
		t.Errorf("got a file of %d bytes, want %d", len(body), fileSize)
	}
	return s.Kernel()
}

// spyConn is a connection that a Spy has accepted.
type spyConn struct {
	*net.TCPConn
	spy *Spy
}

func (c spyConn) ReadFrom(r io.Reader) (int64, error) {
	source := r
	if limited, ok := r.(*io.LimitedReader); ok {
		source = limited.R
	}
	// ReadFrom of package net uses sendfile for a source with these methods. *os.File
	// and its wrappers have them.
	_, isFile := source.(interface {
		io.Seeker
		syscall.Conn
	})
	c.spy.mu.Lock()
	c.spy.hasSentFile = c.spy.hasSentFile || isFile
	c.spy.sourceTypes = append(c.spy.sourceTypes, reflect.TypeOf(source).String())
	c.spy.mu.Unlock()
	return c.TCPConn.ReadFrom(r)
}
