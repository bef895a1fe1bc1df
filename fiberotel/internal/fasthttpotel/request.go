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

// Header returns the header of server's request. Through this header, the engine reads
// the rest of the request lazily. The adapter sets the fields of the [httpserver.Request]
// that Header does not provide: the route and the routing. verbatim is set if header
// names are in the form in which the client sent them.
func Header(server *fasthttp.RequestCtx, verbatim bool) httpserver.Header {
	if verbatim {
		return (*unreadVerbatimHeader)(server)
	}
	return (*unreadHeader)(server)
}

// Routing returns how a router reads paths. By default, it does not decode paths and
// ignores case. unescaped and caseSensitive change that.
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

// isUnix reports whether server's connection is that of a Unix-domain socket.
func isUnix(server *fasthttp.RequestCtx) bool { return server.RemoteAddr().Network() == "unix" }

// readRequest returns server's request without the header. The engine retains the strings
// longer than fasthttp keeps its buffers, so they are copied, in a single allocation.
func readRequest(server *fasthttp.RequestCtx) (request httpserver.Request) {
	header := &server.Request.Header
	sent := targetOf(header)
	var stack [512]byte
	copied := append(stack[:0], header.Method()...)
	method := len(copied)
	copied = append(copied, sent.authority...)
	host := len(copied)
	copied = append(copied, sent.path...)
	path := len(copied)
	copied = append(copied, sent.query...)
	query := len(copied)
	copied = append(copied, header.UserAgent()...)
	userAgent := len(copied)
	copied, port := appendPeer(copied, server.RemoteAddr())
	text := string(copied)
	request.Method = text[:method]
	request.Host = text[method:host]
	request.Path, request.Query = text[host:path], text[path:query]
	request.UserAgent = text[query:userAgent]
	request.PeerAddress, request.PeerPort = text[userAgent:], port
	request.TLS = server.IsTLS()
	request.Protocol = protocol(header.Protocol())
	received.Own(len(text), &request.Method, &request.Host, &request.Path, &request.Query, &request.UserAgent, &request.PeerAddress)
	return request
}

// appendPeer appends the host of an address and returns the port. It avoids formatting
// the whole address of a TCP connection.
func appendPeer(dst []byte, addr net.Addr) (appended []byte, port int) {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		if ip, ok := netip.AddrFromSlice(tcp.IP); ok {
			return ip.Unmap().WithZone(tcp.Zone).AppendTo(dst), tcp.Port
		}
	}
	address, port := hostport.Split(addr.String())
	return append(dst, address...), port
}

// protocol returns the HTTP version in the format of network.protocol.version.
func protocol(name []byte) string {
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
