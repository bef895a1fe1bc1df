package stdhttp

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/samespan/samespan/core/httpserver"
)

// Body knows the size of a request's body.
type Body struct {
	declared int64
	counter  *countingBody
}

// WatchBody makes the size of r's body known. A body of declared length is
// left alone; one without, such as a chunked one, is counted while the handler
// reads it, so r must be the adapter's own copy of the request.
func WatchBody(r *http.Request) Body {
	if r.ContentLength >= 0 || r.Body == nil {
		return Body{declared: max(r.ContentLength, 0)}
	}
	counter := &countingBody{ReadCloser: r.Body}
	r.Body = counter
	return Body{counter: counter}
}

// Size returns the body's size, httpserver.UnknownSize for one without a
// declared length that was not read to its end.
func (b Body) Size() int64 {
	if b.counter == nil {
		return b.declared
	}
	if !b.counter.complete.Load() {
		return httpserver.UnknownSize
	}
	return b.counter.read.Load()
}

// countingBody may be read by another goroutine than the one that asks.
type countingBody struct {
	io.ReadCloser
	read     atomic.Int64
	complete atomic.Bool
}

func (b *countingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	if errors.Is(err, io.EOF) {
		b.complete.Store(true)
	}
	return n, err
}
