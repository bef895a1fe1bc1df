package stdhttp

import (
	"context"
	"net/http"
	"sync/atomic"
)

// IsPreface reports whether r is the beginning of an HTTP/2 connection (RFC 9113, section
// 3.4). If a server does not support HTTP/2 without TLS, net/http passes the preface to the
// handlers, as a request. A handler may then take over the connection and serve HTTP/2, as
// golang.org/x/net/http2/h2c does. net/http sets Close in a preface, but never in a request
// that it has received over HTTP/2.
func IsPreface(r *http.Request) bool {
	return r.Method == prefaceMethod && r.RequestURI == "*" && r.ProtoMajor == 2 && len(r.Header) == 0 && r.Host == "" && r.Close
}

// prefaceMethod is the method of a preface.
const prefaceMethod = "PRI"

// prefaceKey is the context key of whether another middleware has received a preface.
type prefaceKey struct{}

// WatchPreface returns a copy of r, a preface, for the handlers. seen reports whether a
// middleware inside has received the preface.
func WatchPreface(r *http.Request) (inner *http.Request, seen *atomic.Bool) {
	seen = new(atomic.Bool)
	return r.WithContext(context.WithValue(r.Context(), prefaceKey{}, seen)), seen
}

// SeePreface tells the middleware outside, if it watches a preface, that another middleware
// has received r.
func SeePreface(r *http.Request) {
	if r.Method != prefaceMethod {
		return
	}
	if seen, ok := r.Context().Value(prefaceKey{}).(*atomic.Bool); ok {
		seen.Store(true)
	}
}
