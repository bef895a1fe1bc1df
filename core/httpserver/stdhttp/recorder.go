package stdhttp

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// Recorder is a response writer that sees the status and the bytes that go to
// the wire and changes neither. [Record] gives it the optional interfaces of
// the writer below; the rest http.ResponseController finds by Unwrap.
type Recorder struct {
	http.ResponseWriter
	status   int
	written  int64
	hijacked bool
	// late, where there is one, is told what the recorder sees.
	late *Late
}

// Status returns the final status code written, 0 before one is.
func (w *Recorder) Status() int { return w.status }

// Written returns the bytes of the body written so far.
func (w *Recorder) Written() int64 { return w.written }

// Hijacked tells whether the handler took the connection over.
func (w *Recorder) Hijacked() bool { return w.hijacked }

// Unwrap returns the writer below, for http.ResponseController.
func (w *Recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the first final status; net/http ignores later ones, those
// below 200 but 101 come before the final one, and one that is no status at all
// panics.
func (w *Recorder) WriteHeader(status int) {
	w.ResponseWriter.WriteHeader(status)
	if w.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.tell()
}

func (w *Recorder) Write(p []byte) (int, error) {
	w.implicit()
	n, err := w.ResponseWriter.Write(p)
	w.written += int64(n)
	w.tell()
	return n, err
}

// WriteString keeps the writer below from copying a string, where it can.
func (w *Recorder) WriteString(s string) (int, error) {
	w.implicit()
	n, err := io.WriteString(w.ResponseWriter, s)
	w.written += int64(n)
	w.tell()
	return n, err
}

// implicit notes the status that the first byte of a body implies.
func (w *Recorder) implicit() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
}

func (w *Recorder) tell() {
	if w.late != nil {
		w.late.awaited.Saw(w.answer())
	}
}

// answer is what the recorder has seen.
func (w *Recorder) answer() Answer {
	answer := Answer{Status: w.status, Size: w.written, Sent: w.status != 0, Hijacked: w.hijacked}
	if answer.Sent {
		answer.Header = w.Header()
	}
	return answer
}

// recorded finds the recorder in a writer of [Record].
func (w *Recorder) recorded() *Recorder { return w }

// flush sends what is buffered, the header first.
func (w *Recorder) flush() error {
	w.implicit()
	defer w.tell()
	if flusher, ok := w.ResponseWriter.(interface{ FlushError() error }); ok {
		return flusher.FlushError()
	}
	w.ResponseWriter.(http.Flusher).Flush()
	return nil
}

func (w *Recorder) hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffer, err := w.ResponseWriter.(http.Hijacker).Hijack()
	if err == nil {
		w.hijacked = true
		w.tell()
	}
	return conn, buffer, err
}

// readFrom leaves the copying to the writer below, which may use sendfile. A
// source that gives nothing leaves the status open: after a copy that failed
// at once the handler may still answer with an error.
func (w *Recorder) readFrom(src io.Reader) (int64, error) {
	n, err := w.ResponseWriter.(io.ReaderFrom).ReadFrom(src)
	if n > 0 {
		w.implicit()
	}
	w.written += n
	w.tell()
	return n, err
}

func (w *Recorder) closeNotify() <-chan bool {
	return w.ResponseWriter.(closeNotifier).CloseNotify()
}

func (w *Recorder) push(target string, options *http.PushOptions) error {
	return w.ResponseWriter.(http.Pusher).Push(target, options)
}
