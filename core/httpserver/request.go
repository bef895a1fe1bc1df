package httpserver

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/internal/received"
)

// Request is an HTTP request, independent of the framework, so that one engine serves all
// frameworks.
//
// Leave unknown fields at their zero value. The engine retains the strings: an adapter
// must copy them if its framework reuses its buffers.
type Request struct {
	// Method is the method as the client sent it.
	Method string
	// TLS is set if the connection is encrypted. It decides url.scheme.
	TLS bool
	// Host is the Host header or the :authority pseudo-header, including the port. If the
	// request target is in absolute form, Host is the host of the target (RFC 9112,
	// section 3.2.2).
	Host string
	// Path is the path as the client sent it, percent-encoded. If an outer middleware has
	// changed the path, set RoutedPath to the changed path.
	Path string
	// RoutedPath is the path that the router sees, percent-encoded. Set it if an outer
	// middleware has changed the path, as http.StripPrefix does. Empty means the same as
	// Path.
	RoutedPath string
	// Query is the query as the client sent it, without the question mark.
	Query string
	// Route is the template of the matched route. Set it if the framework knows the route
	// before the handlers run.
	Route string
	// Mount is the whole pattern at which an outer router mounts the framework's router,
	// such as "/t/{tenant}/". If a prefix was stripped from the path, the engine adds the
	// part of Mount that matches this prefix to Route and to the Route of the Outcome. A
	// route that equals Mount is not changed.
	Mount string
	// Routing describes how the framework's router reads paths, so that exclusion rules
	// match paths in the same way.
	Routing exclude.Routing
	// Protocol is the HTTP version: "1.0", "1.1", "2" or "3".
	Protocol string
	// PeerAddress and PeerPort identify the other end of the connection.
	PeerAddress string
	PeerPort    int
	// PeerUnix is set for a Unix-domain socket. Its peer may have any name, so a name
	// that looks like an IP address is not trusted as an IP address.
	PeerUnix bool
	// UserAgent is the User-Agent header.
	UserAgent string
	// Header returns the request's headers. The engine uses it only during Start and
	// Exclude.
	Header Header
	// StartAttributes, if not nil, returns additional attributes for the span. They are
	// set when the span starts, so that a sampler sees them. A nested exchange adds them to
	// the span of the open exchange when it ends. If StartAttributes panics, the panic is
	// reported once.
	StartAttributes func() []attribute.KeyValue
}

// unreadRequest returns the source from which fillRequest reads the fields of r, or nil if
// the adapter has already set the fields.
func (r *Request) unreadRequest() received.Request[Request] {
	header, _ := r.Header.(received.Request[Request])
	return header
}

// fillRequest sets the fields of r if the adapter has not read them yet. Adapters leave the
// fields unread, since an excluded request does not need most of them. PeerUnix is read only
// if the configuration has trusted proxies, PublicEndpoint or ExcludeFunc.
func (e *Engine) fillRequest(r *Request) {
	unread := r.unreadRequest()
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

// Header provides headers. Names are in canonical form, like "X-Forwarded-For". The
// engine retains the returned strings, which must not change. Adapters implement Header; it
// will not get more methods.
type Header interface {
	// Get returns the first value of the header, or "".
	Get(name string) string
	// Values returns all values of the header in the order received. The engine
	// does not modify the slice.
	Values(name string) []string
	// Keys returns the names of the headers that are present.
	Keys() []string
}

// setRoute sets the route to the result of find. If find is nil, it does nothing.
func (r *Request) setRoute(find func() string) {
	if find != nil {
		r.Route = find()
	}
}
