package fiberotel

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"github.com/samespan/samespan/core/httpserver"
)

// readRequest reads c for the engine. The strings lie in fasthttp's buffers.
func readRequest(c *fiber.Ctx) httpserver.Request {
	server := c.Context()
	uri := server.URI()
	address, port := httpserver.SplitHostPort(server.RemoteAddr().String())
	request := httpserver.Request{
		Method:      utils.UnsafeString(server.Method()),
		TLS:         server.IsTLS(),
		Host:        utils.UnsafeString(server.Request.Header.Host()),
		Path:        utils.UnsafeString(uri.PathOriginal()),
		Query:       utils.UnsafeString(uri.QueryString()),
		Protocol:    protocol(server.Request.Header.Protocol()),
		PeerAddress: address,
		PeerPort:    port,
		Header:      (*requestHeader)(&server.Request.Header),
		Transient:   true,
	}
	if c.App().Server().DisableHeaderNamesNormalizing {
		request.Header = (*rawHeader)(&server.Request.Header)
	}
	return request
}

// protocol returns the HTTP version as network.protocol.version writes it.
func protocol(name []byte) string {
	version := strings.TrimPrefix(utils.UnsafeString(name), "HTTP/")
	switch version {
	case "2.0", "3.0":
		return version[:1]
	default:
		return version
	}
}
