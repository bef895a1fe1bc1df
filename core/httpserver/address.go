package httpserver

import (
	"strconv"
	"strings"
)

// SplitHostPort splits an address such as a Host header or a RemoteAddr into
// host and port, the brackets of an IPv6 address removed. A port that is
// missing or not a number from 1 to 65535 is 0. Unlike net.SplitHostPort it
// has no errors: what a client sends is taken as far as it makes sense. User
// information before an @ is a secret and left out; so is the lone @ that
// stands for a client of a Unix socket.
func SplitHostPort(address string) (host string, port int) {
	address = address[strings.LastIndexByte(address, '@')+1:]
	host, digits := address, ""
	if strings.HasPrefix(address, "[") {
		end := strings.IndexByte(address, ']')
		if end < 0 {
			return address, 0
		}
		host = address[1:end]
		if rest := address[end+1:]; strings.HasPrefix(rest, ":") {
			digits = rest[1:]
		}
	} else if i := strings.LastIndexByte(address, ':'); i >= 0 && strings.IndexByte(address, ':') == i {
		// Two colons without brackets are an IPv6 address without a port.
		host, digits = address[:i], address[i+1:]
	}
	if digits == "" {
		// ParseUint would make an error of it, for many a request.
		return host, 0
	}
	number, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return host, 0
	}
	return host, int(number)
}
