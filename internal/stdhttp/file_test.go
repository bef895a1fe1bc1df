package stdhttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"testing"

	"github.com/samespan/samespan/internal/httpservertest"
)

func TestFileResponsesAreRecorded(t *testing.T) {
	path := httpservertest.File(t)
	tests := []struct {
		name    string
		handler http.HandlerFunc
		// rangeHeader is the Range header of the request, or "".
		rangeHeader string
		status      int
		// size is the size of the body, or -1 if it is not checked.
		size int64
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
			for name, start := range serverStarters {
				t.Run(name, func(t *testing.T) {
					got, recorder := serveOne(t, start, test.handler, func(r *http.Request) {
						if test.rangeHeader != "" {
							r.Header.Set("Range", test.rangeHeader)
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

func TestSendfileIsStillUsed(t *testing.T) {
	path := httpservertest.File(t)
	spy := httpservertest.NewSpy(t)
	start := func(s *httptest.Server) {
		_ = s.Listener.Close()
		s.Listener = spy
		s.Start()
	}
	got, recorder := serveOne(t, start, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }, nil)
	if recorder.Written() != int64(len(got.body)) || got.code != http.StatusOK {
		t.Errorf("recorded %d bytes of %d, status %d", recorder.Written(), len(got.body), got.code)
	}
	if !spy.Kernel() {
		t.Errorf("the connection was given %q to send, want the file itself (%s)", spy.Sent(), runtime.GOOS)
	}
}
