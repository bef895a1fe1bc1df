package fasthttpotel

import (
	"net"
	"net/netip"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// Request reads server's request for the engine, which keeps it for longer than
// fasthttp keeps its buffers. The route is left to the caller. verbatim says
// that the names of headers are as the client wrote them: the server's
// DisableHeaderNamesNormalizing.
func Request(server *fasthttp.RequestCtx, verbatim bool) httpserver.Request {
	header := &server.Request.Header
	uri := server.URI()
	var c copier
	c.add(header.Method())
	c.add(header.Host())
	c.add(uri.PathOriginal())
	c.add(uri.QueryString())
	c.add(header.UserAgent())
	port := c.addPeer(server.RemoteAddr())
	texts := c.texts()
	request := httpserver.Request{
		Method: texts[0], Host: texts[1], Path: texts[2], Query: texts[3], UserAgent: texts[4], PeerAddress: texts[5],
		PeerPort: port,
		TLS:      server.IsTLS(),
		Protocol: protocol(header.Protocol()),
		Header:   (*requestHeader)(header),
	}
	if verbatim {
		request.Header = (*verbatimHeader)(header)
	}
	return request
}

// copier copies texts together: they cost a single allocation.
type copier struct {
	buffer [512]byte
	bytes  []byte
	ends   [6]int
	n      int
}

func (c *copier) add(text []byte) {
	if c.bytes == nil {
		c.bytes = c.buffer[:0]
	}
	c.bytes = append(c.bytes, text...)
	c.end()
}

func (c *copier) end() {
	c.ends[c.n] = len(c.bytes)
	c.n++
}

// addPeer adds the host of an address and returns its port. The address of a
// TCP connection is never written as a whole.
func (c *copier) addPeer(addr net.Addr) (port int) {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		if ip, ok := netip.AddrFromSlice(tcp.IP); ok {
			c.bytes = ip.Unmap().WithZone(tcp.Zone).AppendTo(c.bytes)
			c.end()
			return tcp.Port
		}
	}
	address, port := httpserver.SplitHostPort(addr.String())
	c.bytes = append(c.bytes, address...)
	c.end()
	return port
}

// texts returns what was added.
func (c *copier) texts() (texts [6]string) {
	all := string(c.bytes)
	start := 0
	for i, end := range c.ends[:c.n] {
		texts[i] = all[start:end]
		start = end
	}
	return texts
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
