// Package hostport parses addresses of clients and connections. It imports only
// the standard library.
package hostport

import (
	"strconv"
	"strings"
)

// Split splits an address such as a Host header or a RemoteAddr into host and port, and
// removes the brackets of an IPv6 address. The port is 0 if it is missing or is not a
// number from 1 to 65535. Unlike net.SplitHostPort, Split returns no error: it returns
// the valid parts. It drops user information before an @, which may be secret. For the
// address "@", which net/http gives to clients of a Unix socket, the host is empty.
func Split(address string) (host string, port int) {
	if strings.IndexByte(address, '@') >= 0 {
		address = address[strings.LastIndexByte(address, '@')+1:]
	}
	host, digits := address, ""
	if strings.HasPrefix(address, "[") {
		end := strings.IndexByte(address, ']')
		if end < 0 {
			return address, 0
		}
		host = address[1:end]
		if afterBracket := address[end+1:]; strings.HasPrefix(afterBracket, ":") {
			digits = afterBracket[1:]
		}
	} else if i := strings.IndexByte(address, ':'); i >= 0 && strings.IndexByte(address[i+1:], ':') < 0 {
		// An address with two colons and no brackets is an IPv6 address without a port.
		host, digits = address[:i], address[i+1:]
	}
	return host, parsePort(digits)
}

// parsePort returns the port number, or 0.
func parsePort(digits string) int {
	if digits == "" {
		return 0 // avoids the error that strconv would allocate for each such request
	}
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return 0
	}
	return int(port)
}
