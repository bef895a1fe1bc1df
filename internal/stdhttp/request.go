package stdhttp

import (
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/hostport"
	"github.com/samespan/samespan/internal/received"
)

// Request returns r for the engine. At first, only the header and the mount are set: the
// engine reads the other fields when it needs them. The caller sets the route.
func Request(r *http.Request) httpserver.Request {
	return httpserver.Request{Header: (*unreadRequest)(r), Mount: Route(r.Pattern)}
}

// unreadRequest is the Header of an httpserver.Request that the engine has not read yet. With
// the methods of received.Request, the engine matches it against rules, or reads it.
type unreadRequest http.Request

var _ received.Request[httpserver.Request] = (*unreadRequest)(nil)

func (r *unreadRequest) Get(name string) string      { return Header(r.Header).Get(name) }
func (r *unreadRequest) Values(name string) []string { return Header(r.Header).Values(name) }
func (r *unreadRequest) Keys() []string              { return Header(r.Header).Keys() }

// Excluded implements received.Request.
func (r *unreadRequest) Excluded(rules *exclude.Rules) bool {
	userAgent := ""
	if rules.UsesUserAgent() {
		userAgent = firstValue(r.Header["User-Agent"])
	}
	path, _, _ := sentTarget((*http.Request)(r))
	return rules.Match(r.Method, path, userAgent)
}

// PeerUnix implements received.Request.
func (r *unreadRequest) PeerUnix() bool {
	_, unix := (*http.Request)(r).Context().Value(http.LocalAddrContextKey).(*net.UnixAddr)
	return unix
}

// Read implements received.Request.
func (r *unreadRequest) Read() (request httpserver.Request) {
	address, port := hostport.Split(r.RemoteAddr)
	path, query, host := sentTarget((*http.Request)(r))
	if host == "" {
		host = r.Host
	}
	request.Method = r.Method
	request.TLS = r.TLS != nil
	request.Host = host
	request.Path, request.RoutedPath, request.Query = path, routedPath(r.URL, path), query
	request.Protocol = protocolVersion(r.ProtoMajor, r.ProtoMinor)
	request.PeerAddress, request.PeerPort = address, port
	request.UserAgent = firstValue(r.Header["User-Agent"])
	request.Header = Header(r.Header)
	// These strings may be substrings of the request line. Do not keep a long request line in
	// memory.
	received.Own(len(r.RequestURI), &request.Method, &request.Host, &request.Path, &request.RoutedPath, &request.Query)
	return request
}

// Header is the http.Header of a request for the engine. The names passed to its methods
// must be canonical.
type Header http.Header

// Get returns the first value of a header.
func (h Header) Get(name string) string { return firstValue(h[name]) }

// Values returns every value of a header.
func (h Header) Values(name string) []string { return h[name] }

// Keys returns the names of the headers that are present.
func (h Header) Keys() []string { return slices.Collect(maps.Keys(h)) }

// ResponseHeader is the http.Header of a response for the engine. It ignores the case of
// names: a handler may set a name that is not canonical, such as X-Request-ID, by assigning
// to the map, and the server sends the name as it is.
type ResponseHeader http.Header

// Get returns the first value of a header.
func (h ResponseHeader) Get(name string) string { return firstValue(h.Values(name)) }

// Values returns every value of a header. If there are several spellings of the name, it
// returns their values in the order in which the server sends them.
func (h ResponseHeader) Values(name string) []string {
	var keys []string
	for key := range h {
		if len(key) == len(name) && strings.EqualFold(key, name) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 1 {
		return h[keys[0]]
	}
	slices.Sort(keys)
	var values []string
	for _, key := range keys {
		values = append(values, h[key]...)
	}
	return values
}

// Keys returns the names of the headers that are present.
func (h ResponseHeader) Keys() []string { return Header(h).Keys() }

func firstValue(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// protocolVersion returns the HTTP version in the format of network.protocol.version.
func protocolVersion(major, minor int) string {
	switch {
	case major == 1 && minor == 1:
		return "1.1"
	case major == 1 && minor == 0:
		return "1.0"
	case major == 1:
		return "1." + strconv.Itoa(minor)
	default:
		return strconv.Itoa(major)
	}
}

// HandBack copies fields that the handlers have set in inner, their copy of the request,
// to the server's own request r. net/http removes the temporary files of a multipart form
// only if the form is in its own request, and a middleware further out expects the
// pattern in that request.
//
// HandBack does not copy the trailers: the server itself stores them in r. A goroutine of the
// handlers may still be reading the body, and thus setting the trailers.
func HandBack(r, inner *http.Request) {
	if r == inner {
		return
	}
	if r.MultipartForm == nil {
		r.MultipartForm = inner.MultipartForm
	}
	if r.Form == nil {
		r.Form = inner.Form
	}
	if r.PostForm == nil {
		r.PostForm = inner.PostForm
	}
	if inner.Pattern != "" {
		r.Pattern = inner.Pattern
	}
}
