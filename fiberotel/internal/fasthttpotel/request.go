package fasthttpotel

import (
	"net"
	"net/netip"
	"strings"
	"unsafe"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// Request reads server's request for the engine. The strings lie in fasthttp's
// buffers, and the route is left to the caller. verbatim says that the names of
// headers are as the client wrote them: the server's
// DisableHeaderNamesNormalizing.
func Request(server *fasthttp.RequestCtx, verbatim bool) httpserver.Request {
	header := &server.Request.Header
	uri := server.URI()
	address, port := peer(server.RemoteAddr())
	request := httpserver.Request{
		Method:      text(header.Method()),
		TLS:         server.IsTLS(),
		Host:        text(header.Host()),
		Path:        text(uri.PathOriginal()),
		Query:       text(uri.QueryString()),
		Protocol:    protocol(header.Protocol()),
		PeerAddress: address,
		PeerPort:    port,
		Header:      (*requestHeader)(header),
		Transient:   true,
	}
	if verbatim {
		request.Header = (*verbatimHeader)(header)
	}
	return request
}

// peer splits an address. That of a TCP connection is never written as a whole.
func peer(addr net.Addr) (address string, port int) {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		if ip, ok := netip.AddrFromSlice(tcp.IP); ok {
			return ip.Unmap().WithZone(tcp.Zone).String(), tcp.Port
		}
	}
	return httpserver.SplitHostPort(addr.String())
}

// protocol returns the HTTP version as network.protocol.version writes it.
func protocol(name []byte) string {
	version := strings.TrimPrefix(text(name), "HTTP/")
	switch version {
	case "2.0", "3.0":
		return version[:1]
	default:
		return version
	}
}

// text returns b as a string that changes with it.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
