// Package forwarded finds out where a request came from and what it asked for, as
// far as the proxies are trusted that say so in Forwarded (RFC 7239) and
// X-Forwarded-*. It knows no span, and imports the standard library and the reading
// of addresses alone.
package forwarded

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/samespan/samespan/core/httpserver/internal/setting"
	"github.com/samespan/samespan/internal/hostport"
)

// maxHops bounds how many proxies' entries are looked at.
const maxHops = 32

// Origin is where a request came from and what it asked for, as far as it may
// be believed.
type Origin struct {
	Client string
	HTTPS  bool
	Host   string
}

// Connection is what is known of a request without its headers but Host.
type Connection struct {
	// PeerAddress and PeerPort are its other end, and PeerUnix says that this is one
	// of a Unix-domain socket.
	PeerAddress string
	PeerPort    int
	PeerUnix    bool
	TLS         bool
	Host        string
}

// Header reads a request's header by canonical names.
type Header interface {
	Values(name string) []string
}

// Headers are those in which proxies tell of their clients.
type Headers int

const (
	// Either is Forwarded, or X-Forwarded-* where a request has none.
	Either Headers = iota
	// Standard is Forwarded alone.
	Standard
	// X is X-Forwarded-For, -Proto and -Host alone.
	X
)

// Proxies are those whose forwarding headers are believed. The zero Proxies are
// none.
type Proxies struct {
	prefixes []netip.Prefix
	// unix says that every peer of a Unix-domain socket is one.
	unix bool
	// Headers are those that the proxies write.
	Headers Headers
}

// unixProxies is the name of all peers of Unix-domain sockets: the file system
// decides who may connect to one.
const unixProxies = "unix"

// Parse reads addresses and ranges of proxies, and unix.
func Parse(names []string) (trusted Proxies, err error) {
	var problems []error
	for _, name := range names {
		name = strings.TrimSpace(name)
		if name == unixProxies {
			trusted.unix = true
		} else if prefix, err := netip.ParsePrefix(name); err == nil {
			trusted.prefixes = append(trusted.prefixes, unmapped(prefix).Masked())
		} else if addr, err := netip.ParseAddr(name); err == nil && addr.Zone() == "" {
			addr = addr.Unmap()
			trusted.prefixes = append(trusted.prefixes, netip.PrefixFrom(addr, addr.BitLen()))
		} else {
			problems = append(problems, setting.Invalid("trusted proxy", name, "an IP address, a CIDR range such as 10.0.0.0/8, or unix"))
		}
	}
	return trusted, errors.Join(problems...)
}

// unmapped returns a range of IPv4 addresses that was written as one of IPv6
// (::ffff:10.0.0.0/104) as what it is, since that is how addresses are compared.
func unmapped(prefix netip.Prefix) netip.Prefix {
	const mapped = 96
	if addr := prefix.Addr(); addr.Is4In6() && prefix.Bits() >= mapped {
		return netip.PrefixFrom(addr.Unmap(), prefix.Bits()-mapped)
	}
	return prefix
}

// Names returns what the proxies are, each as [Parse] reads it.
func (p *Proxies) Names() []string {
	names := make([]string, 0, len(p.prefixes)+1)
	for _, prefix := range p.prefixes {
		names = append(names, prefix.String())
	}
	if p.unix {
		names = append(names, unixProxies)
	}
	return names
}

// Any tells whether there are any.
func (p *Proxies) Any() bool { return p.unix || len(p.prefixes) > 0 }

// peer tells whether the other end of a connection is a trusted proxy. Where it
// is not known to be that of a Unix-domain socket, such a one has a path or no
// address at all, or a name without a port: an address is trusted as that of a
// TCP connection alone.
func (p *Proxies) peer(c *Connection) bool {
	address := c.PeerAddress
	if c.PeerUnix || address == "" || address[0] == '/' || address[0] == '@' {
		return p.unix
	}
	addr, err := netip.ParseAddr(address)
	return err == nil && c.PeerPort != 0 && p.contain(addr.Unmap().WithZone(""))
}

func (p *Proxies) contain(addr netip.Addr) bool {
	for _, prefix := range p.prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// Origin believes the forwarding headers as far as trusted proxies wrote
// them: from the right, the nearest proxy, up to the first address that is not
// one of theirs. That is the client; what stands left of it anybody can write.
func (p *Proxies) Origin(c *Connection, header Header) Origin {
	o := Origin{Client: c.PeerAddress, HTTPS: c.TLS, Host: c.Host}
	if !p.Any() || header == nil || !p.peer(c) {
		return o
	}
	if p.Headers != X {
		if entries := lastForwarded(header.Values("Forwarded")); len(entries) > 0 {
			o.forwarded(entries, p)
			return o
		}
	}
	if p.Headers != Standard {
		o.xForwarded(header, p)
	}
	return o
}

// forwarded reads the elements of RFC 7239.
func (o *Origin) forwarded(entries []string, trusted *Proxies) {
	for i := len(entries) - 1; i >= 0; i-- {
		element := parseForwarded(entries[i])
		o.believe(element.proto, element.host)
		addr, ok := parseNode(element.client)
		if !ok {
			return
		}
		o.Client = addr.String()
		if !trusted.contain(addr) {
			return
		}
	}
}

// xForwarded reads X-Forwarded-For and its kin, which say the same in parallel
// lists. A proxy that sets only one value of -Proto or -Host means the client's.
func (o *Origin) xForwarded(header Header, trusted *Proxies) {
	clients := lastEntries(header.Values("X-Forwarded-For"))
	hop := 0
	for i := len(clients) - 1; i >= 0; i-- {
		addr, ok := parseNode(clients[i])
		if !ok {
			break
		}
		o.Client = addr.String()
		hop = len(clients) - 1 - i
		if !trusted.contain(addr) {
			break
		}
	}
	o.believe(
		entryAt(lastEntries(header.Values("X-Forwarded-Proto")), hop),
		entryAt(lastEntries(header.Values("X-Forwarded-Host")), hop),
	)
}

func (o *Origin) believe(proto, host string) {
	switch {
	case strings.EqualFold(proto, "https"):
		o.HTTPS = true
	case strings.EqualFold(proto, "http"):
		o.HTTPS = false
	}
	if host != "" {
		o.Host = strings.Clone(host) // a part of a header that others began
	}
}

// entryAt returns the entry that many hops from the right, or the leftmost.
func entryAt(entries []string, hop int) string {
	if len(entries) == 0 {
		return ""
	}
	return entries[max(0, len(entries)-1-hop)]
}

// lastEntries returns the last elements of a comma-separated header.
func lastEntries(values []string) []string {
	return lastElements(values, func(s string) int { return strings.LastIndexByte(s, ',') })
}

// lastForwarded is lastEntries for Forwarded, whose commas may be quoted.
func lastForwarded(values []string) []string {
	return lastElements(values, func(s string) int { return lastUnquoted(s, ',') })
}

// lastElements cuts elements off the right end of values, each where last finds
// the separator before it.
func lastElements(values []string, last func(string) int) []string {
	var entries []string
	for v := len(values) - 1; v >= 0 && len(entries) < maxHops; v-- {
		for rest := values[v]; len(entries) < maxHops; {
			comma := last(rest)
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

// parseNode reads an address, with or without a port.
func parseNode(node string) (netip.Addr, bool) {
	host, _ := hostport.Split(node)
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}
