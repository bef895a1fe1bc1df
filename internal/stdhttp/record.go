package stdhttp

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// closeNotifier is http.CloseNotifier, which is deprecated. Gin's writer
// requires it for its Context.Stream.
type closeNotifier interface{ CloseNotify() <-chan bool }

// Record wraps w, the writer of the response to r, to record the response. Of
// http.Flusher, http.Hijacker, io.ReaderFrom, http.Pusher and http.CloseNotifier, the
// result implements exactly the interfaces that w implements. It always has the methods
// of http.ResponseController, since those can return an error. There is a type for each
// combination, so that a request needs one allocation.
//
// A tunnel may need other methods of the writer, such as those of HTTP/3. If the request
// is a CONNECT and w has such methods, w is returned unwrapped, and the status is
// unknown.
func Record(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *Recorder) {
	writer, recorder := newRecordedWriter(w, r)
	recorder.sentState.init(r)
	if r.Method == http.MethodConnect && hasUnknownMethods(w) {
		recorder.isBypassed = true
		return w, recorder
	}
	return writer, recorder
}

// Unrecorded returns a recorder that records nothing, for an adapter that cannot replace w, the
// writer of the response to r. The recorder only identifies the response for [Relate].
func Unrecorded(w http.ResponseWriter, r *http.Request) *Recorder {
	return &Recorder{below: w, request: r, isBypassed: true}
}

// newRecordedWriter returns a recorder around w, as a writer with the optional interfaces of
// w.
func newRecordedWriter(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *Recorder) {
	const (
		flusher = 1 << iota
		hijacker
		readerFrom
		pusher
		notifier
	)
	interfaces := 0
	if _, ok := w.(http.Flusher); ok {
		interfaces |= flusher
	}
	if _, ok := w.(http.Hijacker); ok {
		interfaces |= hijacker
	}
	if _, ok := w.(io.ReaderFrom); ok {
		interfaces |= readerFrom
	}
	if _, ok := w.(http.Pusher); ok {
		interfaces |= pusher
	}
	if _, ok := w.(closeNotifier); ok {
		interfaces |= notifier
	}
	switch interfaces {
	case flusher:
		return newWriter[withF](w, r)
	case hijacker:
		return newWriter[withH](w, r)
	case flusher | hijacker:
		return newWriter[withFH](w, r)
	case readerFrom:
		return newWriter[withR](w, r)
	case flusher | readerFrom:
		return newWriter[withFR](w, r)
	case hijacker | readerFrom:
		return newWriter[withHR](w, r)
	case flusher | hijacker | readerFrom:
		return newWriter[withFHR](w, r)
	case pusher:
		return newWriter[withP](w, r)
	case flusher | pusher:
		return newWriter[withFP](w, r)
	case hijacker | pusher:
		return newWriter[withHP](w, r)
	case flusher | hijacker | pusher:
		return newWriter[withFHP](w, r)
	case readerFrom | pusher:
		return newWriter[withRP](w, r)
	case flusher | readerFrom | pusher:
		return newWriter[withFRP](w, r)
	case hijacker | readerFrom | pusher:
		return newWriter[withHRP](w, r)
	case flusher | hijacker | readerFrom | pusher:
		return newWriter[withFHRP](w, r)
	case notifier:
		return newWriter[withC](w, r)
	case flusher | notifier:
		return newWriter[withFC](w, r)
	case hijacker | notifier:
		return newWriter[withHC](w, r)
	case flusher | hijacker | notifier:
		return newWriter[withFHC](w, r)
	case readerFrom | notifier:
		return newWriter[withRC](w, r)
	case flusher | readerFrom | notifier:
		return newWriter[withFRC](w, r)
	case hijacker | readerFrom | notifier:
		return newWriter[withHRC](w, r)
	case flusher | hijacker | readerFrom | notifier:
		return newWriter[withFHRC](w, r)
	case pusher | notifier:
		return newWriter[withPC](w, r)
	case flusher | pusher | notifier:
		return newWriter[withFPC](w, r)
	case hijacker | pusher | notifier:
		return newWriter[withHPC](w, r)
	case flusher | hijacker | pusher | notifier:
		return newWriter[withFHPC](w, r)
	case readerFrom | pusher | notifier:
		return newWriter[withRPC](w, r)
	case flusher | readerFrom | pusher | notifier:
		return newWriter[withFRPC](w, r)
	case hijacker | readerFrom | pusher | notifier:
		return newWriter[withHRPC](w, r)
	case flusher | hijacker | readerFrom | pusher | notifier:
		return newWriter[withFHRPC](w, r)
	default:
		return newWriter[Recorder](w, r)
	}
}

// newWriter creates a writer of type W that wraps below.
func newWriter[W any, P interface {
	*W
	http.ResponseWriter
	Recorded() *Recorder
}](below http.ResponseWriter, r *http.Request) (http.ResponseWriter, *Recorder) {
	writer := P(new(W))
	recorder := writer.Recorded()
	recorder.init(below, r)
	return writer, recorder
}

// The names of these types list their interfaces: F is http.Flusher, H is http.Hijacker,
// R is io.ReaderFrom, P is http.Pusher and C is http.CloseNotifier. Each type adds one
// interface to the type that it embeds.
type (
	withF     struct{ Recorder }
	withH     struct{ Recorder }
	withFH    struct{ withF }
	withR     struct{ Recorder }
	withFR    struct{ withF }
	withHR    struct{ withH }
	withFHR   struct{ withFH }
	withP     struct{ Recorder }
	withFP    struct{ withF }
	withHP    struct{ withH }
	withFHP   struct{ withFH }
	withRP    struct{ withR }
	withFRP   struct{ withFR }
	withHRP   struct{ withHR }
	withFHRP  struct{ withFHR }
	withC     struct{ Recorder }
	withFC    struct{ withF }
	withHC    struct{ withH }
	withFHC   struct{ withFH }
	withRC    struct{ withR }
	withFRC   struct{ withFR }
	withHRC   struct{ withHR }
	withFHRC  struct{ withFHR }
	withPC    struct{ withP }
	withFPC   struct{ withFP }
	withHPC   struct{ withHP }
	withFHPC  struct{ withFHP }
	withRPC   struct{ withRP }
	withFRPC  struct{ withFRP }
	withHRPC  struct{ withHRP }
	withFHRPC struct{ withFHRP }
)

func (w *withF) Flush()            { _ = w.flush() }
func (w *withF) FlushError() error { return w.flush() }

func (w *withH) Hijack() (net.Conn, *bufio.ReadWriter, error)  { return w.hijack() }
func (w *withFH) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

func (w *withR) ReadFrom(r io.Reader) (int64, error)   { return w.readFrom(r) }
func (w *withFR) ReadFrom(r io.Reader) (int64, error)  { return w.readFrom(r) }
func (w *withHR) ReadFrom(r io.Reader) (int64, error)  { return w.readFrom(r) }
func (w *withFHR) ReadFrom(r io.Reader) (int64, error) { return w.readFrom(r) }

func (w *withP) Push(target string, o *http.PushOptions) error    { return w.push(target, o) }
func (w *withFP) Push(target string, o *http.PushOptions) error   { return w.push(target, o) }
func (w *withHP) Push(target string, o *http.PushOptions) error   { return w.push(target, o) }
func (w *withFHP) Push(target string, o *http.PushOptions) error  { return w.push(target, o) }
func (w *withRP) Push(target string, o *http.PushOptions) error   { return w.push(target, o) }
func (w *withFRP) Push(target string, o *http.PushOptions) error  { return w.push(target, o) }
func (w *withHRP) Push(target string, o *http.PushOptions) error  { return w.push(target, o) }
func (w *withFHRP) Push(target string, o *http.PushOptions) error { return w.push(target, o) }

func (w *withC) CloseNotify() <-chan bool     { return w.closeNotify() }
func (w *withFC) CloseNotify() <-chan bool    { return w.closeNotify() }
func (w *withHC) CloseNotify() <-chan bool    { return w.closeNotify() }
func (w *withFHC) CloseNotify() <-chan bool   { return w.closeNotify() }
func (w *withRC) CloseNotify() <-chan bool    { return w.closeNotify() }
func (w *withFRC) CloseNotify() <-chan bool   { return w.closeNotify() }
func (w *withHRC) CloseNotify() <-chan bool   { return w.closeNotify() }
func (w *withFHRC) CloseNotify() <-chan bool  { return w.closeNotify() }
func (w *withPC) CloseNotify() <-chan bool    { return w.closeNotify() }
func (w *withFPC) CloseNotify() <-chan bool   { return w.closeNotify() }
func (w *withHPC) CloseNotify() <-chan bool   { return w.closeNotify() }
func (w *withFHPC) CloseNotify() <-chan bool  { return w.closeNotify() }
func (w *withRPC) CloseNotify() <-chan bool   { return w.closeNotify() }
func (w *withFRPC) CloseNotify() <-chan bool  { return w.closeNotify() }
func (w *withHRPC) CloseNotify() <-chan bool  { return w.closeNotify() }
func (w *withFHRPC) CloseNotify() <-chan bool { return w.closeNotify() }
