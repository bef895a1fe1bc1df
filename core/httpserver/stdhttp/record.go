package stdhttp

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// Record returns w as a writer that is recorded, with exactly those of
// http.Flusher, http.Hijacker, io.ReaderFrom and http.Pusher that w has: a
// handler that asks for one must get the same answer as without us. Each
// combination is a type of its own, allocated whole, once for a request.
func Record(w http.ResponseWriter) (http.ResponseWriter, *Recorder) {
	const (
		flusher = 1 << iota
		hijacker
		readerFrom
		pusher
	)
	has := 0
	if _, ok := w.(http.Flusher); ok {
		has |= flusher
	}
	if _, ok := w.(http.Hijacker); ok {
		has |= hijacker
	}
	if _, ok := w.(io.ReaderFrom); ok {
		has |= readerFrom
	}
	if _, ok := w.(http.Pusher); ok {
		has |= pusher
	}
	recorder := Recorder{ResponseWriter: w}
	switch has {
	case flusher:
		c := &withF{recorder}
		return c, &c.Recorder
	case hijacker:
		c := &withH{recorder}
		return c, &c.Recorder
	case flusher | hijacker:
		c := &withFH{recorder}
		return c, &c.Recorder
	case readerFrom:
		c := &withR{recorder}
		return c, &c.Recorder
	case flusher | readerFrom:
		c := &withFR{recorder}
		return c, &c.Recorder
	case hijacker | readerFrom:
		c := &withHR{recorder}
		return c, &c.Recorder
	case flusher | hijacker | readerFrom:
		c := &withFHR{recorder}
		return c, &c.Recorder
	case pusher:
		c := &withP{recorder}
		return c, &c.Recorder
	case flusher | pusher:
		c := &withFP{recorder}
		return c, &c.Recorder
	case hijacker | pusher:
		c := &withHP{recorder}
		return c, &c.Recorder
	case flusher | hijacker | pusher:
		c := &withFHP{recorder}
		return c, &c.Recorder
	case readerFrom | pusher:
		c := &withRP{recorder}
		return c, &c.Recorder
	case flusher | readerFrom | pusher:
		c := &withFRP{recorder}
		return c, &c.Recorder
	case hijacker | readerFrom | pusher:
		c := &withHRP{recorder}
		return c, &c.Recorder
	case flusher | hijacker | readerFrom | pusher:
		c := &withFHRP{recorder}
		return c, &c.Recorder
	default:
		return &recorder, &recorder
	}
}

// F is a Flusher, H a Hijacker, R a ReaderFrom, P a Pusher.
type (
	withF    struct{ Recorder }
	withH    struct{ Recorder }
	withFH   struct{ Recorder }
	withR    struct{ Recorder }
	withFR   struct{ Recorder }
	withHR   struct{ Recorder }
	withFHR  struct{ Recorder }
	withP    struct{ Recorder }
	withFP   struct{ Recorder }
	withHP   struct{ Recorder }
	withFHP  struct{ Recorder }
	withRP   struct{ Recorder }
	withFRP  struct{ Recorder }
	withHRP  struct{ Recorder }
	withFHRP struct{ Recorder }
)

func (w *withF) Flush()               { _ = w.flush() }
func (w *withF) FlushError() error    { return w.flush() }
func (w *withFH) Flush()              { _ = w.flush() }
func (w *withFH) FlushError() error   { return w.flush() }
func (w *withFR) Flush()              { _ = w.flush() }
func (w *withFR) FlushError() error   { return w.flush() }
func (w *withFHR) Flush()             { _ = w.flush() }
func (w *withFHR) FlushError() error  { return w.flush() }
func (w *withFP) Flush()              { _ = w.flush() }
func (w *withFP) FlushError() error   { return w.flush() }
func (w *withFHP) Flush()             { _ = w.flush() }
func (w *withFHP) FlushError() error  { return w.flush() }
func (w *withFRP) Flush()             { _ = w.flush() }
func (w *withFRP) FlushError() error  { return w.flush() }
func (w *withFHRP) Flush()            { _ = w.flush() }
func (w *withFHRP) FlushError() error { return w.flush() }

func (w *withH) Hijack() (net.Conn, *bufio.ReadWriter, error)    { return w.hijack() }
func (w *withFH) Hijack() (net.Conn, *bufio.ReadWriter, error)   { return w.hijack() }
func (w *withHR) Hijack() (net.Conn, *bufio.ReadWriter, error)   { return w.hijack() }
func (w *withFHR) Hijack() (net.Conn, *bufio.ReadWriter, error)  { return w.hijack() }
func (w *withHP) Hijack() (net.Conn, *bufio.ReadWriter, error)   { return w.hijack() }
func (w *withFHP) Hijack() (net.Conn, *bufio.ReadWriter, error)  { return w.hijack() }
func (w *withHRP) Hijack() (net.Conn, *bufio.ReadWriter, error)  { return w.hijack() }
func (w *withFHRP) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

func (w *withR) ReadFrom(r io.Reader) (int64, error)    { return w.readFrom(r) }
func (w *withFR) ReadFrom(r io.Reader) (int64, error)   { return w.readFrom(r) }
func (w *withHR) ReadFrom(r io.Reader) (int64, error)   { return w.readFrom(r) }
func (w *withFHR) ReadFrom(r io.Reader) (int64, error)  { return w.readFrom(r) }
func (w *withRP) ReadFrom(r io.Reader) (int64, error)   { return w.readFrom(r) }
func (w *withFRP) ReadFrom(r io.Reader) (int64, error)  { return w.readFrom(r) }
func (w *withHRP) ReadFrom(r io.Reader) (int64, error)  { return w.readFrom(r) }
func (w *withFHRP) ReadFrom(r io.Reader) (int64, error) { return w.readFrom(r) }

func (w *withP) Push(target string, o *http.PushOptions) error    { return w.push(target, o) }
func (w *withFP) Push(target string, o *http.PushOptions) error   { return w.push(target, o) }
func (w *withHP) Push(target string, o *http.PushOptions) error   { return w.push(target, o) }
func (w *withFHP) Push(target string, o *http.PushOptions) error  { return w.push(target, o) }
func (w *withRP) Push(target string, o *http.PushOptions) error   { return w.push(target, o) }
func (w *withFRP) Push(target string, o *http.PushOptions) error  { return w.push(target, o) }
func (w *withHRP) Push(target string, o *http.PushOptions) error  { return w.push(target, o) }
func (w *withFHRP) Push(target string, o *http.PushOptions) error { return w.push(target, o) }
