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

// fileSize is too large for a server to keep a file in memory.
const fileSize = 1_000_000

// File returns the path of a file of a million bytes that repeats the ten
// digits.
func File(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.bin")
	if err := os.WriteFile(path, []byte(strings.Repeat("0123456789", fileSize/10)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Spy is a listener whose connections record the sources that are copied to
// them by ReadFrom, which uses the kernel's sendfile.
type Spy struct {
	net.Listener
	mu     sync.Mutex
	sent   []string
	kernel bool
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
	return append([]string(nil), s.sent...)
}

// Kernel reports whether one of them was a file, which the kernel then sends.
func (s *Spy) Kernel() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kernel
}

// SentByKernel requests /file, which must be answered with a [File], and
// reports whether the kernel has sent it.
func (s *Spy) SentByKernel(t testing.TB) bool {
	t.Helper()
	if body := Get(t, "http://"+s.Addr().String()+"/file"); len(body) != fileSize {
		t.Errorf("got a file of %d bytes, want %d", len(body), fileSize)
	}
	return s.Kernel()
}

type spyConn struct {
	*net.TCPConn
	spy *Spy
}

func (c spyConn) ReadFrom(r io.Reader) (int64, error) {
	source := r
	if limited, ok := r.(*io.LimitedReader); ok {
		source = limited.R
	}
	// net checks for this method, which wrappers of os.File have too.
	_, file := source.(interface {
		io.Seeker
		syscall.Conn
	})
	c.spy.mu.Lock()
	c.spy.kernel = c.spy.kernel || file
	c.spy.sent = append(c.spy.sent, reflect.TypeOf(source).String())
	c.spy.mu.Unlock()
	return c.TCPConn.ReadFrom(r)
}
