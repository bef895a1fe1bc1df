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
	declared httpserver.Size
	watched  *watchedBody
}

// WatchBody makes the size of the body of inner known, the adapter's copy of r,
// the request as the server received it. A body of declared length is left
// alone; one without, such as a chunked one, is counted while the handler reads
// it.
//
// It also passes on the trailers that the client did not announce: the server
// puts them into r when it has read the body, and the handlers look in inner.
// That is needed for requests that are not observed too.
func WatchBody(r, inner *http.Request) Body {
	if inner.ContentLength >= 0 || inner.Body == nil {
		return Body{declared: httpserver.Bytes(max(inner.ContentLength, 0))}
	}
	watched := &watchedBody{ReadCloser: inner.Body, r: r, inner: inner}
	inner.Body = watched
	return Body{watched: watched}
}

// WatchOwnBody is [WatchBody] for an adapter that makes no copy of the server's
// request r. Only a body whose size is wanted is replaced, and not one that the
// client sends after "100 Continue": the server looks at that itself.
func WatchOwnBody(r *http.Request, wanted bool) Body {
	switch {
	case r.ContentLength >= 0 || r.Body == nil:
		return Body{declared: httpserver.Bytes(max(r.ContentLength, 0))}
	case !wanted || r.Header.Get("Expect") != "":
		return Body{}
	default:
		return WatchBody(r, r)
	}
}

// Size returns the body's size, which is unknown where the body had no declared
// length and was not read to its end.
func (b Body) Size() httpserver.Size {
	if b.watched == nil {
		return b.declared
	}
	if !b.watched.complete.Load() {
		return httpserver.Size{}
	}
	return httpserver.Bytes(b.watched.read.Load())
}

// watchedBody may be read by another goroutine than the one that asks.
type watchedBody struct {
	io.ReadCloser
	r, inner *http.Request
	read     atomic.Int64
	complete atomic.Bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	if errors.Is(err, io.EOF) {
		if b.inner.Trailer == nil {
			b.inner.Trailer = b.r.Trailer
		}
		b.complete.Store(true)
	}
	return n, err
}
