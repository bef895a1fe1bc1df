// Package forwarded determines the client and the target of a request from the parts of
// Forwarded (RFC 7239) and X-Forwarded-* that trusted proxies wrote. It is independent of
// OpenTelemetry.
package forwarded

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/samespan/samespan/core/httpserver/internal/setting"
	"github.com/samespan/samespan/internal/hostport"
)

// maxHops limits the number of proxies whose entries are read.
const maxHops = 32

// Origin is the client and the target of a request, as far as they can be
// trusted.
type Origin struct {
	Client string
	HTTPS  bool
	Host   string
}

// Connection describes the connection and the Host header of a request.
type Connection struct {
	// PeerAddress and PeerPort identify the other end. PeerUnix is set for a Unix-domain
	// socket.
	PeerAddress string
	PeerPort    int
	PeerUnix    bool
	TLS         bool
	Host        string
}

// Header returns request headers by canonical names.
type Header interface {
	Values(name string) []string
}

// Headers selects the headers in which proxies send the client's address.
type Headers int

const (
	// Either is Forwarded, and X-Forwarded-* for what Forwarded does not have.
	Either Headers = iota
	// Standard is the Forwarded header of RFC 7239.
	Standard
	// X is X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host.
	X
)

// Proxies are the proxies whose headers are trusted. The zero value trusts
// none.
type Proxies struct {
	prefixes []netip.Prefix
	// trustsUnix is set if every peer of a Unix-domain socket is trusted.
	trustsUnix bool
	// Headers selects the headers that the proxies write.
	Headers Headers
}

// unixName, in a list of proxies, trusts all peers of Unix-domain sockets. File permissions
// decide who may connect to such a socket.
const unixName = "unix"

// Parse parses addresses and ranges of proxies, and "unix".
func Parse(names []string) (trusted Proxies, err error) {
	var problems []error
	for _, name := range names {
		name = strings.TrimSpace(name)
		if name == unixName {
			trusted.trustsUnix = true
		} else if prefix, err := netip.ParsePrefix(name); err == nil {
			trusted.prefixes = append(trusted.prefixes, unmapPrefix(prefix).Masked())
		} else if addr, err := netip.ParseAddr(name); err == nil && addr.Zone() == "" {
			addr = addr.Unmap()
			trusted.prefixes = append(trusted.prefixes, netip.PrefixFrom(addr, addr.BitLen()))
		} else {
			problems = append(problems, setting.Invalid("trusted proxy", name, "an IP address, a CIDR range such as 10.0.0.0/8, or unix"))
		}
	}
	return trusted, errors.Join(problems...)
}

// unmapPrefix converts a range of IPv4-mapped IPv6 addresses (::ffff:10.0.0.0/104) to
// IPv4, since addresses are compared in IPv4 form.
func unmapPrefix(prefix netip.Prefix) netip.Prefix {
	const mappedBits = 96
	if addr := prefix.Addr(); addr.Is4In6() && prefix.Bits() >= mappedBits {
		return netip.PrefixFrom(addr.Unmap(), prefix.Bits()-mappedBits)
	}
	return prefix
}

// Names returns the proxies in the format of [Parse].
func (p *Proxies) Names() []string {
	names := make([]string, 0, len(p.prefixes)+1)
	for _, prefix := range p.prefixes {
		names = append(names, prefix.String())
	}
	if p.trustsUnix {
		names = append(names, unixName)
	}
	return names
}

// Any reports whether any proxy is trusted.
func (p *Proxies) Any() bool { return p.trustsUnix || len(p.prefixes) > 0 }

// trustsPeer reports whether the other end of a connection is a trusted proxy. A peer
// with a path as its name, or without an address, counts as a peer of a Unix-domain
// socket even if PeerUnix is not set. An IP address is trusted only with a port, which a
// TCP connection always has.
func (p *Proxies) trustsPeer(c *Connection) bool {
	address := c.PeerAddress
	if c.PeerUnix || address == "" || address[0] == '/' || address[0] == '@' {
		return p.trustsUnix
	}
	addr, err := netip.ParseAddr(address)
	return err == nil && c.PeerPort != 0 && p.containsAddress(addr.Unmap().WithZone(""))
}

func (p *Proxies) containsAddress(addr netip.Addr) bool {
	for _, prefix := range p.prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// Origin reads the entries that trusted proxies wrote. It starts at the right, with the
// nearest proxy, and stops at the first address that is not a trusted proxy. That address
// is the client; entries further left may be forged.
func (p *Proxies) Origin(c *Connection, header Header) Origin {
	o := Origin{Client: c.PeerAddress, HTTPS: c.TLS, Host: c.Host}
	if !p.Any() || header == nil || !p.trustsPeer(c) {
		return o
	}
	var read forwardedParams
	if p.Headers != X {
		read = o.readForwarded(lastForwardedElements(header.Values("Forwarded")), p)
	}
	if p.Headers != Standard {
		o.readXForwarded(header, p, read)
	}
	return o
}

// readForwarded sets o from the elements of the Forwarded header, and returns the parameters
// of the elements that it has read. It skips empty elements of the list (RFC 9110, section
// 5.6.1.2).
func (o *Origin) readForwarded(entries []string, trusted *Proxies) (read forwardedParams) {
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i] == "" {
			continue
		}
		element := parseElement(entries[i])
		read |= element.params
		o.setSchemeAndHost(element.proto, element.host)
		addr, ok := parseNode(element.client)
		if !ok {
			break
		}
		o.Client = addr.String()
		if !trusted.containsAddress(addr) {
			break
		}
	}
	return read
}

// readXForwarded sets what the Forwarded header has not set from X-Forwarded-For,
// X-Forwarded-Proto and X-Forwarded-Host. read holds the parameters of Forwarded. The headers
// are parallel lists with one entry for each proxy. If the proxies have overwritten
// X-Forwarded-Proto or X-Forwarded-Host, the list has only one entry, which is used.
func (o *Origin) readXForwarded(header Header, trusted *Proxies, read forwardedParams) {
	clients := lastEntries(header.Values("X-Forwarded-For"))
	hop := 0
	for i := len(clients) - 1; i >= 0; i-- {
		addr, ok := parseNode(clients[i])
		if !ok {
			break
		}
		if !read.has(paramFor) {
			o.Client = addr.String()
		}
		hop = len(clients) - 1 - i
		if !trusted.containsAddress(addr) {
			break
		}
	}
	var proto, host string
	if !read.has(paramProto) {
		proto = entryFromRight(lastEntries(header.Values("X-Forwarded-Proto")), hop)
	}
	if !read.has(paramHost) {
		host = entryFromRight(lastEntries(header.Values("X-Forwarded-Host")), hop)
	}
	o.setSchemeAndHost(proto, host)
}

// setSchemeAndHost sets the scheme if proto is valid, and the host if host is not empty.
// Some proxies send wss and ws for a WebSocket, whose request has the scheme https or http.
func (o *Origin) setSchemeAndHost(proto, host string) {
	switch {
	case strings.EqualFold(proto, "https"), strings.EqualFold(proto, "wss"):
		o.HTTPS = true
	case strings.EqualFold(proto, "http"), strings.EqualFold(proto, "ws"):
		o.HTTPS = false
	}
	if host != "" {
		o.Host = strings.Clone(host) // a substring would keep the whole header in memory
	}
}

// entryFromRight returns the entry at index hop, counted from the right, or the leftmost
// entry if the list is shorter. It returns "" for an empty list.
func entryFromRight(entries []string, hop int) string {
	if len(entries) == 0 {
		return ""
	}
	return entries[max(0, len(entries)-1-hop)]
}

// lastEntries returns the last maxHops elements of a comma-separated header, or all if there
// are fewer.
func lastEntries(values []string) []string {
	return lastElements(values, func(s string) int { return strings.LastIndexByte(s, ',') })
}

// lastForwardedElements returns the last maxHops elements of a Forwarded header, in which a
// comma in a quoted string separates nothing.
func lastForwardedElements(values []string) []string {
	return lastElements(values, func(s string) int { return lastIndexOutsideQuotes(s, ',') })
}

// lastElements splits comma-separated values and returns the last maxHops elements, or all
// if there are fewer. The function lastSeparator returns the index of the last comma that
// separates two elements, or -1.
func lastElements(values []string, lastSeparator func(string) int) []string {
	var entries []string
	for v := len(values) - 1; v >= 0 && len(entries) < maxHops; v-- {
		for rest := values[v]; len(entries) < maxHops; {
			comma := lastSeparator(rest)
			entries = append(entries, strings.TrimSpace(rest[comma+1:]))
			if comma < 0 {
				break
			}
			rest = rest[:comma]
		}
	}
	slices.Reverse(entries)
	return entries
}

// parseNode parses the name of a proxy or client, which is an IP address with or without a
// port. It returns false for any other name, such as "unknown".
func parseNode(node string) (netip.Addr, bool) {
	host, _ := hostport.Split(node)
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}
