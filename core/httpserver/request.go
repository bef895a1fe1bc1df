package httpserver

import (
	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/internal/received"
)

// Request is one HTTP request as the engine needs it: neutral, so that a
// framework without an *http.Request is not a second implementation.
//
// A field that is not known is left at its zero value. The engine keeps the
// strings: an adapter whose framework uses its buffers again copies them.
type Request struct {
	// Method is the method as the client sent it.
	Method string
	// TLS tells whether the connection is encrypted; it decides url.scheme.
	TLS bool
	// Host is the Host header or the :authority pseudo-header, port included. A
	// target in absolute form names the host instead: RFC 9112, section 3.2.2.
	Host string
	// Path is the path as the client sent it, still percent-encoded: what a
	// middleware further out has made of it since is RoutedPath.
	Path string
	// RoutedPath is the path that the router sees, percent-encoded, where a
	// middleware further out has changed it, as http.StripPrefix does. Empty is
	// Path.
	RoutedPath string
	// Query is the query as the client sent it, without the question mark.
	Query string
	// Route is the matched route's template, where the framework knows it
	// before the handlers run.
	Route string
	// Mount is the template of the pattern further out that the router is
	// mounted at, such as "/t/{tenant}/", with the part of it that is left in
	// RoutedPath. The engine puts what has been stripped before Route and before
	// the Route of the Outcome, unless they are the same as Mount.
	Mount string
	// Routing says how the framework's router reads a path, so that the exclusion
	// rules read it alike.
	Routing exclude.Routing
	// Protocol is the HTTP version: "1.0", "1.1", "2" or "3".
	Protocol string
	// PeerAddress and PeerPort are the other end of the connection.
	PeerAddress string
	PeerPort    int
	// PeerUnix says that the connection is one of a Unix-domain socket, whose
	// peers may have any name: one that looks like an IP address is not trusted
	// as one.
	PeerUnix bool
	// UserAgent is the User-Agent header.
	UserAgent string
	// Header reads the request's headers. It is used while Start or Exclude
	// runs and not after.
	Header Header
}

// unread returns the part of the request that is still to be read, nil if there is
// none.
func (r *Request) unread() received.Request[Request] {
	unread, _ := r.Header.(received.Request[Request])
	return unread
}

// read sets the fields that an adapter of ours has left to be read. Only the
// trusted proxies and the user's predicate ask for PeerUnix.
func (e *Engine) read(r *Request) {
	unread := r.unread()
	if unread == nil {
		return
	}
	route, mount, routing := r.Route, r.Mount, r.Routing
	*r = unread.Read()
	r.Route, r.Mount, r.Routing = route, mount, routing
	if e.trusted.Any() || e.public != nil {
		r.PeerUnix = unread.PeerUnix()
	}
}

// Header reads headers. Names are passed in their canonical form, like
// "X-Forwarded-For". What it returns is kept and must not change.
type Header interface {
	// Get returns the first value of the header, or "".
	Get(name string) string
	// Values returns every value of the header in the order received. The
	// engine does not modify it.
	Values(name string) []string
	// Keys returns the names of the headers that are present.
	Keys() []string
}
