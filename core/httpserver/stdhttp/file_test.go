package stdhttp_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// sourceFile is a file larger than any buffer on the way.
func sourceFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.bin")
	if err := os.WriteFile(path, []byte(strings.Repeat("0123456789", 100_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFiles(t *testing.T) {
	path := sourceFile(t)
	tests := []struct {
		name    string
		handler http.HandlerFunc
		header  string
		status  int
		size    int64
	}{
		{"ServeFile", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }, "", 200, 1_000_000},
		{"range", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }, "bytes=10-700009", 206, 700_000},
		{"ranges", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }, "bytes=0-9,20-29", 206, -1},
		{"bad range", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }, "bytes=2000000-", 416, -1},
		{"copy after WriteHeader", func(w http.ResponseWriter, _ *http.Request) {
			file, err := os.Open(path)
			if err != nil {
				panic(err)
			}
			defer func() { _ = file.Close() }()
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.Copy(w, file)
		}, "", 202, 1_000_000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, start := range protocols {
				t.Run(name, func(t *testing.T) {
					got, recorder := exchange(t, start, test.handler, func(r *http.Request) {
						if test.header != "" {
							r.Header.Set("Range", test.header)
						}
					})
					if got.code != test.status || test.size >= 0 && int64(len(got.body)) != test.size {
						t.Errorf("got %d with %d bytes, want %d with %d", got.code, len(got.body), test.status, test.size)
					}
					if recorder.Status() != got.code || recorder.Written() != int64(len(got.body)) {
						t.Errorf("recorded %d with %d bytes, sent %d with %d",
							recorder.Status(), recorder.Written(), got.code, len(got.body))
					}
				})
			}
		})
	}
}

// connSpy sees that the server copies a file by the connection's ReadFrom,
// where the kernel's sendfile is.
type connSpy struct {
	*net.TCPConn
	sent chan<- string
}

func (c connSpy) ReadFrom(r io.Reader) (int64, error) {
	source := r
	if limited, ok := r.(*io.LimitedReader); ok {
		source = limited.R
	}
	select {
	case c.sent <- reflect.TypeOf(source).String():
	default:
	}
	return c.TCPConn.ReadFrom(r)
}

type listenerSpy struct {
	net.Listener
	sent chan<- string
}

func (l listenerSpy) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return connSpy{conn.(*net.TCPConn), l.sent}, nil
}

func TestSendfileStaysSendfile(t *testing.T) {
	path := sourceFile(t)
	sent := make(chan string, 1)
	start := func(s *httptest.Server) {
		s.Listener = listenerSpy{s.Listener, sent}
		s.Start()
	}
	_, recorder := exchange(t, start, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }, nil)
	if recorder.Written() != 1_000_000 {
		t.Errorf("recorded %d bytes, want 1000000", recorder.Written())
	}
	select {
	case source := <-sent:
		if source != "*os.File" {
			t.Errorf("the connection was given a %s to send, want the file itself", source)
		}
	default:
		t.Errorf("the file did not go through the connection's ReadFrom (%s)", runtime.GOOS)
	}
}
