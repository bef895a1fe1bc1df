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

// Header returns the header of requestCtx's request. The adapter need not set the method,
// the path and other fields of the [httpserver.Request]: the engine reads them through the
// header when it needs them, which it does not for an excluded request. verbatim must be
// set if the names of header fields are as the client sent them.
func Header(requestCtx *fasthttp.RequestCtx, verbatim bool) httpserver.Header {
	if verbatim {
		return (*unreadVerbatimHeader)(requestCtx)
	}
	return (*unreadHeader)(requestCtx)
}

// Routing returns how a router reads paths. By default, Fiber's router ignores case and
// does not decode paths. caseSensitive is the app's Config.CaseSensitive, and unescapePath is
// its Config.UnescapePath.
func Routing(caseSensitive, unescapePath bool) exclude.Routing {
	var routing exclude.Routing
	if !caseSensitive {
		routing |= exclude.IgnoreCase
	}
	if !unescapePath {
		routing |= exclude.Raw
	}
	return routing
}

// isExcluded reports whether rules match requestCtx's request.
func isExcluded(requestCtx *fasthttp.RequestCtx, rules *exclude.Rules) bool {
	header := &requestCtx.Request.Header
	path := routedPath(header)
	var userAgent []byte
	if rules.UsesUserAgent() {
		userAgent = header.UserAgent()
	}
	return rules.MatchBytes(header.Method(), path, userAgent)
}

// isUnixSocket reports whether the client is connected through a Unix-domain socket.
func isUnixSocket(requestCtx *fasthttp.RequestCtx) bool {
	return requestCtx.RemoteAddr().Network() == "unix"
}

// readRequest returns requestCtx's request without the header. It copies the strings, in a
// single allocation, since the engine uses them after fasthttp has reused its buffers.
func readRequest(requestCtx *fasthttp.RequestCtx) (request httpserver.Request) {
	header := &requestCtx.Request.Header
	sentTarget := targetOf(header)
	var stack [512]byte
	buffer := append(stack[:0], header.Method()...)
	methodEnd := len(buffer)
	buffer = append(buffer, sentTarget.authority...)
	hostEnd := len(buffer)
	buffer = append(buffer, sentTarget.path...)
	pathEnd := len(buffer)
	buffer = append(buffer, sentTarget.query...)
	queryEnd := len(buffer)
	buffer = append(buffer, header.UserAgent()...)
	userAgentEnd := len(buffer)
	buffer, port := appendHost(buffer, requestCtx.RemoteAddr())
	text := string(buffer)
	request.Method = text[:methodEnd]
	request.Host = text[methodEnd:hostEnd]
	request.Path, request.Query = text[hostEnd:pathEnd], text[pathEnd:queryEnd]
	request.UserAgent = text[queryEnd:userAgentEnd]
	request.PeerAddress, request.PeerPort = text[userAgentEnd:], port
	request.TLS = requestCtx.IsTLS()
	request.Protocol = protocolVersion(header.Protocol())
	received.Own(len(text), &request.Method, &request.Host, &request.Path, &request.Query, &request.UserAgent, &request.PeerAddress)
	return request
}

// appendHost appends the host of addr to dst, and returns the result and the port. For a
// TCP address, it avoids the cost of formatting the whole address.
func appendHost(dst []byte, addr net.Addr) (appended []byte, port int) {
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
