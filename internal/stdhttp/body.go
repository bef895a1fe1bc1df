package stdhttp

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/samespan/samespan/core/httpserver"
)

// Body tracks the size of a request's body.
type Body struct {
	// declaredSize is the size of the body according to the header of the request. It is
	// used only if countedBody is nil, and may be unknown.
	declaredSize httpserver.Size
	// countedBody is nil if the bytes are not counted.
	countedBody *countedBody
}

// WatchBody tracks the size of the body of inner, the adapter's copy of the server's
// request r. A body of declared length is not wrapped. Any other body, such as a chunked
// body, is counted while the handler reads it.
//
// WatchBody also copies trailers that the client did not announce: the server stores them
// in r after reading the body, but the handlers read them from inner. Therefore, call
// WatchBody even for requests that are not recorded.
func WatchBody(r, inner *http.Request) Body {
	if inner.ContentLength >= 0 || inner.Body == nil {
		return DeclaredBody(inner)
	}
	if inner.Body == http.NoBody {
		// An outer middleware has read the body. Keep NoBody: handlers, such as proxies,
		// compare the body with this value.
		return Body{}
	}
	counted := &countedBody{ReadCloser: inner.Body, serverRequest: r, handlerRequest: inner}
	inner.Body = counted
	return Body{countedBody: counted}
}

// DeclaredBody is [WatchBody] for an adapter that does not copy the server's request. It
// never replaces the body: if a handler closes the body early, the server recognizes that by
// the type of the body, and closes the connection. Otherwise, the server would take the rest
// of the body for the next request. So the size is known only if the client declared it.
func DeclaredBody(r *http.Request) Body {
	if r.ContentLength >= 0 || r.Body == nil {
		return Body{declaredSize: httpserver.Bytes(max(r.ContentLength, 0))}
	}
	return Body{}
}

// Size returns the size of the body. The size is not known if the length was not declared
// and the body was not read to its end.
func (b Body) Size() httpserver.Size {
	if b.countedBody == nil {
		return b.declaredSize
	}
	if !b.countedBody.hasReachedEOF.Load() {
		return httpserver.Size{}
	}
	return httpserver.Bytes(b.countedBody.readBytes.Load())
}

// countedBody counts the bytes of a body. The counters are atomic, since another
// goroutine may call Size while a handler reads the body.
type countedBody struct {
	io.ReadCloser
	// serverRequest receives the trailers from the server. Read copies them to
	// handlerRequest, which the handlers see.
	serverRequest, handlerRequest *http.Request
	readBytes                     atomic.Int64
	hasReachedEOF                 atomic.Bool
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.readBytes.Add(int64(n))
	if errors.Is(err, io.EOF) {
		if b.handlerRequest.Trailer == nil {
			b.handlerRequest.Trailer = b.serverRequest.Trailer
		}
		b.hasReachedEOF.Store(true)
	}
	return n, err
}
