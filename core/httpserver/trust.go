package httpserver

import (
	"errors"
	"net/netip"
	"strings"
)

// maxHops bounds how many proxies' entries are looked at.
const maxHops = 32

// origin is where a request came from and what it asked for, as far as it may
// be believed.
type origin struct {
	client string
	https  bool
	host   string
}

func parseTrusted(proxies []string) ([]netip.Prefix, error) {
	var (
		trusted  []netip.Prefix
		problems []error
	)
	for _, proxy := range proxies {
		proxy = strings.TrimSpace(proxy)
		if prefix, err := netip.ParsePrefix(proxy); err == nil {
			trusted = append(trusted, prefix.Masked())
		} else if addr, err := netip.ParseAddr(proxy); err == nil {
			addr = addr.Unmap()
			trusted = append(trusted, netip.PrefixFrom(addr, addr.BitLen()))
		} else {
			problems = append(problems, invalid("trusted proxy", proxy, "an IP address or a CIDR range such as 10.0.0.0/8"))
		}
	}
	return trusted, errors.Join(problems...)
}

func isTrusted(addr netip.Addr, trusted []netip.Prefix) bool {
	for _, prefix := range trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// originOf believes the forwarding headers as far as trusted proxies wrote
// them: from the right, the nearest proxy, up to the first address that is not
// one of theirs. That is the client; what stands left of it anybody can write.
func originOf(req *Request, trusted []netip.Prefix) origin {
	o := origin{client: req.PeerAddress, https: req.TLS, host: req.Host}
	if len(trusted) == 0 || req.Header == nil {
		return o
	}
	if peer, ok := parseNode(req.PeerAddress); !ok || !isTrusted(peer, trusted) {
		return o
	}
	if entries := lastEntries(req.Header.Values("Forwarded")); len(entries) > 0 {
		o.forwarded(entries, trusted)
	} else {
		o.xForwarded(req.Header, trusted)
	}
	return o
}

// forwarded reads the elements of RFC 7239.
func (o *origin) forwarded(entries []string, trusted []netip.Prefix) {
	for i := len(entries) - 1; i >= 0; i-- {
		element := parseForwarded(entries[i])
		o.believe(element.proto, element.host)
		addr, ok := parseNode(element.client)
		if !ok {
			return
		}
		o.client = addr.String()
		if !isTrusted(addr, trusted) {
			return
		}
	}
}

// xForwarded reads X-Forwarded-For and its kin, which say the same in parallel
// lists. A proxy that sets only one value of -Proto or -Host means the client's.
func (o *origin) xForwarded(header Header, trusted []netip.Prefix) {
	clients := lastEntries(header.Values("X-Forwarded-For"))
	hop := 0
	for i := len(clients) - 1; i >= 0; i-- {
		addr, ok := parseNode(clients[i])
		if !ok {
			break
		}
		o.client = addr.String()
		hop = len(clients) - 1 - i
		if !isTrusted(addr, trusted) {
			break
		}
	}
	o.believe(
		entryAt(lastEntries(header.Values("X-Forwarded-Proto")), hop),
		entryAt(lastEntries(header.Values("X-Forwarded-Host")), hop),
	)
}

func (o *origin) believe(proto, host string) {
	switch {
	case strings.EqualFold(proto, "https"):
		o.https = true
	case strings.EqualFold(proto, "http"):
		o.https = false
	}
	if host != "" {
		o.host = host
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
	var entries []string
	for v := len(values) - 1; v >= 0 && len(entries) < maxHops; v-- {
		for rest := values[v]; len(entries) < maxHops; {
			comma := strings.LastIndexByte(rest, ',')
			entries = append(entries, strings.TrimSpace(rest[comma+1:]))
			if comma < 0 {
				break
			}
			rest = rest[:comma]
		}
	}
	for i, j := 0, len(entries)-1; i < j; i, j = i+1, j-1 {
		entries[i], entries[j] = entries[j], entries[i]
	}
	return entries
}

type forwardedElement struct{ client, proto, host string }

func parseForwarded(entry string) (element forwardedElement) {
	for pair := range strings.SplitSeq(entry, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		value = strings.Trim(value, `"`)
		switch {
		case strings.EqualFold(name, "for"):
			element.client = value
		case strings.EqualFold(name, "proto"):
			element.proto = value
		case strings.EqualFold(name, "host"):
			element.host = value
		}
	}
	return element
}

// parseNode reads an address, with or without a port.
func parseNode(node string) (netip.Addr, bool) {
	host, _ := SplitHostPort(node)
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}
