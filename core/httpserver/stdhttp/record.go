package stdhttp

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// closeNotifier is http.CloseNotifier, which is deprecated. Gin's writer still
// demands it of the one below, for its Context.Stream.
type closeNotifier interface{ CloseNotify() <-chan bool }

// Record returns w as a writer that is recorded, with exactly those of
// http.Flusher, http.Hijacker, io.ReaderFrom, http.Pusher and
// http.CloseNotifier that w has: a handler that asks for one must get the same
// answer as without us. Each combination is a type of its own, allocated
// whole, once for a request.
func Record(w http.ResponseWriter) (http.ResponseWriter, *Recorder) {
	const (
		flusher = 1 << iota
		hijacker
		readerFrom
		pusher
		notifier
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
	if _, ok := w.(closeNotifier); ok {
		has |= notifier
	}
	switch has {
	case flusher:
		c := new(withF)
		c.ResponseWriter = w
		return c, &c.Recorder
	case hijacker:
		c := new(withH)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | hijacker:
		c := new(withFH)
		c.ResponseWriter = w
		return c, &c.Recorder
	case readerFrom:
		c := new(withR)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | readerFrom:
		c := new(withFR)
		c.ResponseWriter = w
		return c, &c.Recorder
	case hijacker | readerFrom:
		c := new(withHR)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | hijacker | readerFrom:
		c := new(withFHR)
		c.ResponseWriter = w
		return c, &c.Recorder
	case pusher:
		c := new(withP)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | pusher:
		c := new(withFP)
		c.ResponseWriter = w
		return c, &c.Recorder
	case hijacker | pusher:
		c := new(withHP)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | hijacker | pusher:
		c := new(withFHP)
		c.ResponseWriter = w
		return c, &c.Recorder
	case readerFrom | pusher:
		c := new(withRP)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | readerFrom | pusher:
		c := new(withFRP)
		c.ResponseWriter = w
		return c, &c.Recorder
	case hijacker | readerFrom | pusher:
		c := new(withHRP)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | hijacker | readerFrom | pusher:
		c := new(withFHRP)
		c.ResponseWriter = w
		return c, &c.Recorder
	case notifier:
		c := new(withC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | notifier:
		c := new(withFC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case hijacker | notifier:
		c := new(withHC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | hijacker | notifier:
		c := new(withFHC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case readerFrom | notifier:
		c := new(withRC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | readerFrom | notifier:
		c := new(withFRC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case hijacker | readerFrom | notifier:
		c := new(withHRC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | hijacker | readerFrom | notifier:
		c := new(withFHRC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case pusher | notifier:
		c := new(withPC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | pusher | notifier:
		c := new(withFPC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case hijacker | pusher | notifier:
		c := new(withHPC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | hijacker | pusher | notifier:
		c := new(withFHPC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case readerFrom | pusher | notifier:
		c := new(withRPC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | readerFrom | pusher | notifier:
		c := new(withFRPC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case hijacker | readerFrom | pusher | notifier:
		c := new(withHRPC)
		c.ResponseWriter = w
		return c, &c.Recorder
	case flusher | hijacker | readerFrom | pusher | notifier:
		c := new(withFHRPC)
		c.ResponseWriter = w
		return c, &c.Recorder
	default:
		recorder := &Recorder{ResponseWriter: w}
		return recorder, recorder
	}
}

// F is a Flusher, H a Hijacker, R a ReaderFrom, P a Pusher, C a CloseNotifier.
// Each type adds one interface to the one that it embeds.
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
