package httpservertest

import (
	"io"
	"net"
	"os"
	"reflect"
	"sync"
	"syscall"
	"testing"
)

// fileSize is too much for a server to keep a file in memory.
const fileSize = 1_000_000

// File returns the path of a file of a million bytes.
func File(t testing.TB) string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Truncate(fileSize); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

// Spy is a listener whose connections note what they are given to copy by
// their ReadFrom, where the kernel's sendfile is.
type Spy struct {
	net.Listener
	mu     sync.Mutex
	sent   []string
	kernel bool
}

// NewSpy returns a spy on a port of this machine. Closing it is the server's.
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
	return spiedConn{conn.(*net.TCPConn), s}, nil
}

// Sent returns the types of what was copied by ReadFrom so far.
func (s *Spy) Sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.sent...)
}

// SentByKernel gets /file, which is answered with a [File], and tells whether
// the kernel has sent it.
func (s *Spy) SentByKernel(t testing.TB) bool {
	t.Helper()
	if body := Get(t, "http://"+s.Addr().String()+"/file"); len(body) != fileSize {
		t.Errorf("got a file of %d bytes, want %d", len(body), fileSize)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kernel
}

type spiedConn struct {
	*net.TCPConn
	spy *Spy
}

func (c spiedConn) ReadFrom(r io.Reader) (int64, error) {
	source := r
	if limited, ok := r.(*io.LimitedReader); ok {
		source = limited.R
	}
	// This is what net looks for, which os's wrappers of files have too.
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
