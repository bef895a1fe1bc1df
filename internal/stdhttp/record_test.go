package stdhttp_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/samespan/samespan/internal/stdhttp"
)

// closeNotifier is http.CloseNotifier, which is deprecated but required by Gin.
type closeNotifier interface{ CloseNotify() <-chan bool }

// fullWriter has every optional interface and records which method was called last.
type fullWriter struct {
	*httptest.ResponseRecorder
	calledMethod string
}

// errWriterCalled is the error of the methods of fullWriter.
var errWriterCalled = errors.New("the writer below was called")

func (w *fullWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.calledMethod = "Hijack"
	return nil, nil, errWriterCalled
}

func (w *fullWriter) Flush() { w.calledMethod = "Flush" }

func (w *fullWriter) ReadFrom(r io.Reader) (int64, error) {
	w.calledMethod = "ReadFrom"
	return io.Copy(w.ResponseRecorder, r)
}

func (w *fullWriter) Push(string, *http.PushOptions) error {
	w.calledMethod = "Push"
	return errWriterCalled
}

func (w *fullWriter) CloseNotify() <-chan bool {
	w.calledMethod = "CloseNotify"
	return nil
}

// interfaceCombinations are functions that make a writer for each combination of the
// optional interfaces. Each bit of the index stands for one interface: bit 0 for
// http.Flusher, then http.Hijacker, io.ReaderFrom, http.Pusher and http.CloseNotifier.
var interfaceCombinations = []func(*fullWriter) http.ResponseWriter{
	func(w *fullWriter) http.ResponseWriter { return struct{ http.ResponseWriter }{w} },
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
		}{w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Hijacker
		}{w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			http.Hijacker
		}{w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			io.ReaderFrom
		}{w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			io.ReaderFrom
		}{w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Hijacker
			io.ReaderFrom
		}{w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			http.Hijacker
			io.ReaderFrom
		}{w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Pusher
		}{w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			http.Pusher
		}{w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Hijacker
			http.Pusher
		}{w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			http.Hijacker
			http.Pusher
		}{w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			io.ReaderFrom
			http.Pusher
		}{w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			io.ReaderFrom
			http.Pusher
		}{w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Hijacker
			io.ReaderFrom
			http.Pusher
		}{w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			http.Hijacker
			io.ReaderFrom
			http.Pusher
		}{w, w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			closeNotifier
		}{w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			closeNotifier
		}{w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Hijacker
			closeNotifier
		}{w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			http.Hijacker
			closeNotifier
		}{w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			io.ReaderFrom
			closeNotifier
		}{w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			io.ReaderFrom
			closeNotifier
		}{w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Hijacker
			io.ReaderFrom
			closeNotifier
		}{w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			http.Hijacker
			io.ReaderFrom
			closeNotifier
		}{w, w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Pusher
			closeNotifier
		}{w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			http.Pusher
			closeNotifier
		}{w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Hijacker
			http.Pusher
			closeNotifier
		}{w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			http.Hijacker
			http.Pusher
			closeNotifier
		}{w, w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			io.ReaderFrom
			http.Pusher
			closeNotifier
		}{w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			io.ReaderFrom
			http.Pusher
			closeNotifier
		}{w, w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Hijacker
			io.ReaderFrom
			http.Pusher
			closeNotifier
		}{w, w, w, w, w}
	},
	func(w *fullWriter) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
			http.Hijacker
			io.ReaderFrom
			http.Pusher
			closeNotifier
		}{w, w, w, w, w, w}
	},
}

func newFullWriter() *fullWriter { return &fullWriter{ResponseRecorder: httptest.NewRecorder()} }

func TestRecordKeepsOptionalInterfaces(t *testing.T) {
	for bits, combine := range interfaceCombinations {
		below := newFullWriter()
		w := combine(below)
		got, recorder := stdhttp.Record(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))

		call := func(bit int, name string, ok bool, call func()) {
			t.Helper()
			if want := bits>>bit&1 == 1; ok != want {
				t.Errorf("combination %05b: %s there: %v, want %v", bits, name, ok, want)
			} else if ok {
				below.calledMethod = ""
				call()
				if below.calledMethod != name {
					t.Errorf("combination %05b: %s called %q below", bits, name, below.calledMethod)
				}
			}
		}
		flusher, ok := got.(http.Flusher)
		call(0, "Flush", ok, func() { flusher.Flush() })
		if _, flushes := got.(interface{ FlushError() error }); flushes != ok {
			t.Errorf("combination %05b: FlushError there: %v, Flush: %v", bits, flushes, ok)
		}
		hijacker, ok := got.(http.Hijacker)
		call(1, "Hijack", ok, func() {
			if _, _, err := hijacker.Hijack(); !errors.Is(err, errWriterCalled) || recorder.Hijacked() {
				t.Errorf("combination %05b: got %v, hijacked %v from a failed Hijack", bits, err, recorder.Hijacked())
			}
		})
		readerFrom, ok := got.(io.ReaderFrom)
		call(2, "ReadFrom", ok, func() {
			if n, err := readerFrom.ReadFrom(strings.NewReader("four")); n != 4 || err != nil || recorder.Written() != 4 {
				t.Errorf("combination %05b: got %d, %v, %d written", bits, n, err, recorder.Written())
			}
		})
		pusher, ok := got.(http.Pusher)
		call(3, "Push", ok, func() {
			if err := pusher.Push("/style.css", nil); !errors.Is(err, errWriterCalled) {
				t.Errorf("combination %05b: got %v from Push", bits, err)
			}
		})
		notifier, ok := got.(closeNotifier)
		call(4, "CloseNotify", ok, func() { notifier.CloseNotify() })

		if unwrapped := got.(interface{ Unwrap() http.ResponseWriter }).Unwrap(); unwrapped != w {
			t.Errorf("combination %05b: Unwrap gives %T, want the writer below", bits, unwrapped)
		}
		before := recorder.Written()
		if _, err := got.Write([]byte("12")); err != nil || recorder.Written() != before+2 || recorder.Status() != http.StatusOK {
			t.Errorf("combination %05b: the recorder did not record a write", bits)
		}
	}
}

// sink keeps the writers that Record returns, which forces them onto the heap as in a
// server.
var sink http.ResponseWriter

func TestRecordAllocatesOnce(t *testing.T) {
	for bits, combine := range interfaceCombinations {
		w, r := combine(newFullWriter()), httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		if got := testing.AllocsPerRun(100, func() { sink, _ = stdhttp.Record(w, r) }); got != 1 {
			t.Errorf("combination %05b: got %v allocations, want 1", bits, got)
		}
	}
}
