package fasthttpotel

import (
	"net"
	"net/netip"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/hostport"
	"github.com/samespan/samespan/internal/received"
)

// Header returns the header of server's request. The engine also uses the header to read
// the method, the path and other fields of the request, unless the request is excluded.
// Therefore, the adapter need not set these fields of the [httpserver.Request]. verbatim
// must be set if the names of header fields are as the client sent them.
func Header(server *fasthttp.RequestCtx, verbatim bool) httpserver.Header {
	if verbatim {
		return (*unreadVerbatimHeader)(server)
	}
	return (*unreadHeader)(server)
}

// Routing returns how a router reads paths. By default, Fiber's router ignores case and
// does not decode paths. caseSensitive is the app's Config.CaseSensitive, and unescaped is
// its Config.UnescapePath.
func Routing(caseSensitive, unescaped bool) exclude.Routing {
	var routing exclude.Routing
	if !caseSensitive {
		routing |= exclude.IgnoreCase
	}
	if !unescaped {
		routing |= exclude.Raw
	}
	return routing
}

// isExcluded reports whether rules match server's request.
func isExcluded(server *fasthttp.RequestCtx, rules *exclude.Rules) bool {
	header := &server.Request.Header
	_, path := splitTarget(header.RequestURI())
	var userAgent []byte
	if rules.UsesUserAgent() {
		userAgent = header.UserAgent()
	}
	return rules.MatchBytes(header.Method(), path, userAgent)
}

// isUnixSocket reports whether server's connection is that of a Unix-domain socket.
func isUnixSocket(server *fasthttp.RequestCtx) bool { return server.RemoteAddr().Network() == "unix" }

// readRequest returns server's request without the header. It copies the strings, in a
// single allocation, since the engine uses them after fasthttp has reused its buffers.
func readRequest(server *fasthttp.RequestCtx) (request httpserver.Request) {
	header := &server.Request.Header
	sentTarget := targetOf(header)
	var stack [512]byte
	buffer := append(stack[:0], header.Method()...)
	method := len(buffer)
	buffer = append(buffer, sentTarget.authority...)
	host := len(buffer)
	buffer = append(buffer, sentTarget.path...)
	path := len(buffer)
	buffer = append(buffer, sentTarget.query...)
	query := len(buffer)
	buffer = append(buffer, header.UserAgent()...)
	userAgent := len(buffer)
	buffer, port := appendPeer(buffer, server.RemoteAddr())
	text := string(buffer)
	request.Method = text[:method]
	request.Host = text[method:host]
	request.Path, request.Query = text[host:path], text[path:query]
	request.UserAgent = text[query:userAgent]
	request.PeerAddress, request.PeerPort = text[userAgent:], port
	request.TLS = server.IsTLS()
	request.Protocol = protocolVersion(header.Protocol())
	received.Own(len(text), &request.Method, &request.Host, &request.Path, &request.Query, &request.UserAgent, &request.PeerAddress)
	return request
}

// appendPeer appends the host of addr to dst, and returns the result and the port. For a
// TCP address, it avoids the cost of formatting the whole address.
func appendPeer(dst []byte, addr net.Addr) (appended []byte, port int) {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		if ip, ok := netip.AddrFromSlice(tcp.IP); ok {
			return ip.Unmap().WithZone(tcp.Zone).AppendTo(dst), tcp.Port
		}
	}
	address, port := hostport.Split(addr.String())
	return append(dst, address...), port
}

// protocolVersion returns the version in a protocol's name, such as HTTP/1.1, in the format
// of network.protocol.version.
func protocolVersion(name []byte) string {
	switch string(name) {
	case "HTTP/1.1":
		return "1.1"
	case "HTTP/1.0":
		return "1.0"
	case "HTTP/2.0":
		return "2"
	case "HTTP/3.0":
		return "3"
	}
	return strings.TrimPrefix(string(name), "HTTP/")
}
