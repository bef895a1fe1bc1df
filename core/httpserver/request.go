package httpserver

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/internal/received"
)

// Request is an HTTP request, independent of the framework, so that the engine
// needs only one implementation.
//
// Leave unknown fields at their zero value. The engine retains the strings: an
// adapter must copy them if its framework reuses its buffers.
type Request struct {
	// Method is the method as the client sent it.
	Method string
	// TLS is set if the connection is encrypted. It decides url.scheme.
	TLS bool
	// Host is the Host header or the :authority pseudo-header, port included.
	// If the request target is in absolute form, it is the host of the target:
	// RFC 9112, section 3.2.2.
	Host string
	// Path is the path as the client sent it, percent-encoded. If a middleware
	// further out has changed it, the result is RoutedPath.
	Path string
	// RoutedPath is the path that the router sees, percent-encoded, if a
	// middleware further out has changed it, as http.StripPrefix does. Empty
	// means Path.
	RoutedPath string
	// Query is the query as the client sent it, without the question mark.
	Query string
	// Route is the template of the matched route, if the framework knows it
	// before the handlers run.
	Route string
	// Mount is the outer pattern that the router is mounted at, such as
	// "/t/{tenant}/", including the part that is left in RoutedPath. The engine
	// puts the stripped part before Route and the Route of the Outcome, unless
	// they equal Mount.
	Mount string
	// Routing describes how the framework's router reads paths, so that
	// exclusion rules read them in the same way.
	Routing exclude.Routing
	// Protocol is the HTTP version: "1.0", "1.1", "2" or "3".
	Protocol string
	// PeerAddress and PeerPort are those of the other end of the connection.
	PeerAddress string
	PeerPort    int
	// PeerUnix is set for a Unix-domain socket. Its peer may have any name: one
	// that looks like an IP address is not trusted as such.
	PeerUnix bool
	// UserAgent is the User-Agent header.
	UserAgent string
	// Header returns the request's headers. It is used only during Start and
	// Exclude.
	Header Header
	// StartAttributes, where it is not nil, returns further attributes for the span
	// from its start on, so that a sampler sees them. A panic in it is reported once.
	StartAttributes func() []attribute.KeyValue
}

// unreadHeader returns the part of the request that has not been read yet, or nil.
func (r *Request) unreadHeader() received.Request[Request] {
	unread, _ := r.Header.(received.Request[Request])
	return unread
}

// fillRequest sets the fields that one of our adapters has left unset. PeerUnix is
// needed only for trusted proxies and the user's predicates.
func (e *Engine) fillRequest(r *Request) {
	unread := r.unreadHeader()
	if unread == nil {
		return
	}
	route, mount, routing, attributes := r.Route, r.Mount, r.Routing, r.StartAttributes
	*r = unread.Read()
	r.Route, r.Mount, r.Routing, r.StartAttributes = route, mount, routing, attributes
	if e.trustedProxies.Any() || e.publicEndpoint != nil || e.excludeFunc != nil {
		r.PeerUnix = unread.PeerUnix()
	}
}

// Header returns headers. Names are in canonical form, like "X-Forwarded-For".
// Returned strings are retained and must not change.
type Header interface {
	// Get returns the first value of the header, or "".
	Get(name string) string
	// Values returns all values of the header in the order received. The engine
	// does not modify the slice.
	Values(name string) []string
	// Keys returns the names of the headers that are present.
	Keys() []string
}

// setRoute sets the route to what find returns, if there is one to call.
func (r *Request) setRoute(find func() string) {
	if find != nil {
		r.Route = find()
	}
}
