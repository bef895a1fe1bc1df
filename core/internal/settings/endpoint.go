package settings

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// The default ports of OTLP, which also tell the protocol where nothing else
// does.
const (
	portGRPC = "4317"
	portHTTP = "4318"
)

// endpoint is where OTLP is sent to, as OTEL_EXPORTER_OTLP_ENDPOINT gives it.
type endpoint struct {
	// scheme is http, https, the name of a gRPC resolver or, where none was
	// given, empty.
	scheme string
	// host and port may not be split by a caller that wants IPv6 to work; see
	// address.
	host string
	port string
	// path and query are those of the URL.
	path  string
	query string
	// name is what gRPC dials, where only gRPC can: a socket or a target of one
	// of its resolvers.
	name string
}

const wantEndpoint = "an address such as http://localhost:4317, https://collector.example.com or collector:4317"

// parseEndpoint reads an endpoint with or without a scheme: url.Parse alone
// refuses 127.0.0.1:4317 and takes the host of collector:4317 for a scheme.
func parseEndpoint(value string) (endpoint, error) {
	if err := checkReference(value); err != nil {
		return endpoint{}, err
	}
	if scheme, rest, ok := strings.Cut(value, ":"); ok && isGRPCScheme(scheme, rest) {
		return parseTarget(strings.ToLower(scheme), rest)
	}

	schemeless := !strings.Contains(value, "://")
	if schemeless {
		value = "//" + value
	}
	u, err := url.Parse(escapeZone(value))
	if err != nil {
		// The error of url.Parse repeats the value.
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return endpoint{}, err
	}
	e := endpoint{scheme: u.Scheme, host: u.Hostname(), port: u.Port(), path: u.EscapedPath(), query: u.RawQuery}
	switch {
	case !schemeless && e.scheme != "http" && e.scheme != "https":
		return endpoint{}, fmt.Errorf("the scheme %q is not supported", e.scheme)
	case schemeless && isHTTP(e.host) && strings.HasPrefix(e.path, "/"):
		return endpoint{}, fmt.Errorf("no colon after %s", e.host)
	case u.User != nil:
		return endpoint{}, errors.New("credentials belong in the headers")
	case e.host == "":
		return endpoint{}, errors.New("no host")
	case u.Fragment != "":
		return endpoint{}, errors.New("the part after # is never sent")
	case strings.Contains(e.host, ":") && !strings.HasPrefix(u.Host, "["):
		return endpoint{}, errors.New("an IPv6 address needs square brackets")
	case schemeless && e.port == "" && isNumber(e.host):
		return endpoint{}, errors.New("a number alone is no address")
	case strings.HasSuffix(u.Host, ":"):
		return endpoint{}, errors.New("no port after the colon")
	}
	if err := checkHost(e.host, strings.HasPrefix(u.Host, "[")); err != nil {
		return endpoint{}, err
	}
	if e.port != "" {
		if n, err := strconv.ParseUint(e.port, 10, 16); err != nil || n == 0 {
			return endpoint{}, fmt.Errorf("%s is no port", e.port)
		}
	}
	return e, nil
}

func isHTTP(scheme string) bool {
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}

// reference finds what Kubernetes, shells and templates replace by a value.
var reference = regexp.MustCompile(`\$\([^)]*\)|\$?\{+[^}]*\}+|\$\w+|%\w+%|<[^>]*>`)

// checkReference refuses an address with a reference to a variable, which
// Kubernetes leaves as it is when the variable is not defined above it.
func checkReference(value string) error {
	scheme, address, found := strings.Cut(value, "://")
	if !found {
		scheme, address = "", value
	}
	if rest, found := strings.CutPrefix(address, "/"); found {
		address = rest // as in dns:///collector:4317
	}
	address, _, _ = strings.Cut(address, "/")
	for _, part := range []string{scheme, address} {
		if at := strings.LastIndexByte(part, '@'); at >= 0 {
			part = part[at+1:] // before it are credentials
		}
		if name := reference.FindString(part); name != "" {
			return fmt.Errorf("%s was not replaced by a value", name)
		}
	}
	return nil
}

// escapeZone writes the zone of an IPv6 address as URLs have it, %25eth0, where
// it is written as everywhere else, %eth0.
func escapeZone(value string) string {
	open := strings.IndexByte(value, '[')
	end := strings.IndexByte(value, ']')
	if open < 0 || end < open {
		return value
	}
	host := value[open:end]
	if strings.Contains(host, "%25") {
		return value
	}
	return value[:open] + strings.ReplaceAll(host, "%", "%25") + value[end:]
}

// checkHost refuses a name or an address that no connection can be made to.
func checkHost(host string, brackets bool) error {
	if brackets {
		address, err := netip.ParseAddr(host)
		if err != nil || !address.Is6() {
			return fmt.Errorf("%q is no IPv6 address", host)
		}
		host = address.Zone()
	}
	for _, c := range []byte(host) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
		if !letter && c != '-' && c != '.' && c != '_' {
			return fmt.Errorf("a host has no %q", string(rune(c)))
		}
	}
	return nil
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

// redact hides what a value that was meant as an endpoint may hold of
// credentials, for use in messages.
func redact(value string) string {
	if at := strings.LastIndexByte(value, '@'); at >= 0 {
		scheme, _, found := strings.Cut(value[:at], "://")
		if !found {
			return "xxxxx" + value[at:]
		}
		return scheme + "://xxxxx" + value[at:]
	}
	return value
}

// secure reports whether to speak TLS. The schemes http and https decide; a
// socket of this machine has none; else it is the default, which insecure turns
// off.
func (e endpoint) secure(insecure bool) bool {
	switch e.scheme {
	case "https":
		return true
	case "http", "unix", "unix-abstract":
		return false
	}
	return !insecure
}

// protocol returns the protocol of an endpoint where no variable names it:
// gRPC has neither paths nor queries.
func (e endpoint) protocol() string {
	switch {
	case e.name != "":
		return ProtocolGRPC
	case e.port == portHTTP, e.port != portGRPC && e.beyondGRPC() != "":
		return ProtocolHTTP
	}
	return ProtocolGRPC
}

// beyondGRPC returns what gRPC would leave out of the endpoint.
func (e endpoint) beyondGRPC() string {
	rest := e.path
	if rest == "/" {
		rest = ""
	}
	if e.query != "" {
		rest += "?…" // it may hold a key
	}
	return rest
}

// address returns host and port for a dialler. A URL without a port means the
// one of its scheme, an address without a scheme OTLP's.
func (e endpoint) address(protocol string) string {
	port := e.port
	if port == "" {
		switch {
		case e.scheme == "https":
			port = "443"
		case e.scheme == "http":
			port = "80"
		case protocol == ProtocolHTTP:
			port = portHTTP
		default:
			port = portGRPC
		}
	}
	return net.JoinHostPort(e.host, port)
}

// target returns the name that gRPC dials.
func (e endpoint) target() string {
	if e.name != "" {
		return e.name
	}
	// gRPC reads the address as the path of a URL, in which % is written %25.
	return "dns:///" + strings.ReplaceAll(e.address(ProtocolGRPC), "%", "%25")
}

// url returns where OTLP/HTTP posts to. An endpoint for all signals is a base
// that signalPath is appended to; one signal's own, for which signalPath is
// empty, is used as it is.
func (e endpoint) url(signalPath string, insecure bool) *url.URL {
	u := &url.URL{Scheme: "http", Host: e.address(ProtocolHTTP), RawQuery: e.query}
	if e.secure(insecure) {
		u.Scheme = "https"
	}
	path := e.path
	if signalPath != "" {
		path = strings.TrimRight(path, "/") + signalPath
	}
	if path == "" {
		path = "/"
	}
	// path is escaped already, and parseEndpoint has seen that it unescapes.
	u.RawPath = path
	u.Path, _ = url.PathUnescape(path)
	return u
}
