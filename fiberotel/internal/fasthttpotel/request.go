package fasthttpotel

import (
	"net"
	"net/netip"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
)

// Request returns server's request for the engine, to be read when it is
// needed. The route is left to the caller. verbatim says that the names of
// headers are as the client wrote them.
func Request(server *fasthttp.RequestCtx, routing exclude.Routing, verbatim bool) httpserver.Request {
	request := httpserver.Request{Unread: (*unread)(server), Routing: routing}
	if verbatim {
		request.Header = (*verbatimHeader)(&server.Request.Header)
	} else {
		request.Header = (*requestHeader)(&server.Request.Header)
	}
	return request
}

// Routing returns how a router reads paths, for [Request]: it compares them as
// they were sent, but for case, unless caseSensitive and unescaped say otherwise.
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

// unread is a request of which the engine has read nothing yet.
type unread fasthttp.RequestCtx

// Excluded implements httpserver.Unread.
func (u *unread) Excluded(rules *exclude.Rules) bool {
	server := (*fasthttp.RequestCtx)(u)
	header := &server.Request.Header
	return rules.MatchBytes(header.Method(), targetOf(header).path, header.UserAgent())
}

// Read implements httpserver.Unread. The engine keeps what it reads for longer
// than fasthttp keeps its buffers: the texts are copied, together, so that they
// cost a single allocation.
func (u *unread) Read() httpserver.Request {
	server := (*fasthttp.RequestCtx)(u)
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
	remote := server.RemoteAddr()
	copied, port := appendPeer(copied, remote)
	text := string(copied)
	request := httpserver.Request{
		Method:      text[:method],
		Host:        text[method:host],
		Path:        text[host:path],
		Query:       text[path:query],
		UserAgent:   text[query:userAgent],
		PeerAddress: text[userAgent:],
		PeerPort:    port,
		PeerUnix:    remote.Network() == "unix",
		TLS:         server.IsTLS(),
		Protocol:    protocol(header.Protocol()),
	}
	request.Own(len(text))
	return request
}

// appendPeer appends the host of an address and returns its port. The address
// of a TCP connection is never written as a whole.
func appendPeer(dst []byte, addr net.Addr) (appended []byte, port int) {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		if ip, ok := netip.AddrFromSlice(tcp.IP); ok {
			return ip.Unmap().WithZone(tcp.Zone).AppendTo(dst), tcp.Port
		}
	}
	address, port := httpserver.SplitHostPort(addr.String())
	return append(dst, address...), port
}

// protocol returns the HTTP version as network.protocol.version writes it.
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
