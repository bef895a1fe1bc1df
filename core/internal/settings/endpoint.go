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

// These are the default ports of OTLP. The port also determines the protocol if no
// variable sets the protocol.
const (
	portGRPC = "4317"
	portHTTP = "4318"
)

// endpoint is a parsed value of OTEL_EXPORTER_OTLP_ENDPOINT.
type endpoint struct {
	// scheme is http, https, the name of a gRPC resolver, or empty if none was
	// given.
	scheme string
	// host and port are the parts of the address. Use the method address to join them: it
	// handles IPv6.
	host string
	// port is empty if none was given.
	port string
	// path is the path of the URL, in escaped form.
	path string
	// query is the query of the URL, without the question mark.
	query string
	// grpcOnlyTarget is a target that only gRPC can dial: a Unix socket or a target with a
	// resolver. It is empty for any other endpoint.
	grpcOnlyTarget string
}

// wantEndpoint describes a valid endpoint in error messages.
const wantEndpoint = "an address such as http://localhost:4317, https://collector.example.com or collector:4317"

// parseEndpoint parses an endpoint with or without a scheme. url.Parse alone would reject
// 127.0.0.1:4317, and take the host of collector:4317 for a scheme.
func parseEndpoint(value string) (endpoint, error) {
	if err := checkNoPlaceholder(value); err != nil {
		return endpoint{}, err
	}
	if scheme, rest, ok := strings.Cut(value, ":"); ok && isGRPCTarget(scheme, rest) {
		return parseTarget(strings.ToLower(scheme), rest)
	}

	schemeless := !strings.Contains(value, "://")
	if schemeless {
		value = "//" + value
	}
	u, err := url.Parse(escapeZone(value))
	if err != nil {
		// Omit the text that url.Parse adds, because it contains the value, which may
		// include credentials.
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
	case schemeless && isHTTPScheme(e.host) && strings.HasPrefix(e.path, "/"):
		return endpoint{}, fmt.Errorf("no colon after %s", e.host)
	case u.User != nil:
		return endpoint{}, errors.New("credentials are not allowed in the address, only in headers")
	case e.host == "":
		return endpoint{}, errors.New("no host")
	case u.Fragment != "":
		return endpoint{}, errors.New("the part after # is not supported")
	case strings.Contains(e.host, ":") && !strings.HasPrefix(u.Host, "["):
		return endpoint{}, errors.New("an IPv6 address needs square brackets")
	case schemeless && e.port == "" && hasOnlyDigits(e.host):
		return endpoint{}, errors.New("only a number, no host")
	case strings.HasSuffix(u.Host, ":"):
		return endpoint{}, errors.New("no port after the colon")
	}
	if err := checkHost(e.host, strings.HasPrefix(u.Host, "[")); err != nil {
		return endpoint{}, err
	}
	if e.port != "" {
		if n, err := strconv.ParseUint(e.port, 10, 16); err != nil || n == 0 {
			return endpoint{}, fmt.Errorf("%s is not a valid port", e.port)
		}
	}
	return e, nil
}

// isHTTPScheme reports whether scheme is http or https, in upper or lower case.
func isHTTPScheme(scheme string) bool {
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}

// placeholder matches references that Kubernetes, shells and templates replace with a
// value.
var placeholder = regexp.MustCompile(`\$\([^)]*\)|\$?\{+[^}]*\}+|\$\w+|%\w+%|<[^>]*>`)

// checkNoPlaceholder returns an error if an address contains a placeholder.
// Kubernetes leaves a reference unexpanded if the variable is not defined earlier.
func checkNoPlaceholder(value string) error {
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
			part = part[at+1:] // credentials come before the @
		}
		if name := placeholder.FindString(part); name != "" {
			return fmt.Errorf("%s was not replaced by a value", name)
		}
	}
	return nil
}

// escapeZone writes the zone of an IPv6 address as URLs require: %25eth0 in place of the
// usual %eth0.
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

// checkHost returns an error if host is not a valid name or IP address. inBrackets is
// true if the endpoint has the host in square brackets.
func checkHost(host string, inBrackets bool) error {
	if inBrackets {
		address, err := netip.ParseAddr(host)
		if err != nil || !address.Is6() {
			return fmt.Errorf("%q is not an IPv6 address", host)
		}
		host = address.Zone()
	}
	for _, c := range []byte(host) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
		if !letter && c != '-' && c != '.' && c != '_' {
			return fmt.Errorf("a host name cannot contain %q", string(rune(c)))
		}
	}
	return nil
}

// hasOnlyDigits reports whether s consists of digits. It also reports true for an empty s.
func hasOnlyDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// redactCredentials hides possible credentials in an endpoint, for use in messages: the
// user, the password and the query. The value need not be a valid endpoint.
func redactCredentials(value string) string {
	if at := strings.LastIndexByte(value, '@'); at >= 0 {
		scheme := ""
		if text, _, found := strings.Cut(value[:at], "://"); found {
			scheme = text + "://"
		}
		value = scheme + "xxxxx" + value[at:]
	}
	if address, _, found := strings.Cut(value, "?"); found {
		return address + "?…"
	}
	return value
}

// usesTLS reports whether to use TLS. The schemes http and https determine it, and a Unix
// socket has no TLS. Otherwise TLS is used unless insecure is set.
func (e endpoint) usesTLS(insecure bool) bool {
	switch e.scheme {
	case "https":
		return true
	case "http", "unix", "unix-abstract":
		return false
	}
	return !insecure
}

// defaultProtocol returns the protocol of an endpoint if no variable sets the protocol.
// An endpoint with a path or a query cannot be gRPC.
func (e endpoint) defaultProtocol() string {
	switch {
	case e.grpcOnlyTarget != "":
		return ProtocolGRPC
	case e.port == portHTTP, e.port != portGRPC && e.partsIgnoredByGRPC() != "":
		return ProtocolHTTP
	}
	return ProtocolGRPC
}

// partsIgnoredByGRPC returns the parts of the endpoint that gRPC would ignore, or "" if
// there are none: the path and, for a query, "?…".
func (e endpoint) partsIgnoredByGRPC() string {
	ignored := e.path
	if ignored == "/" {
		ignored = ""
	}
	if e.query != "" {
		ignored += "?…" // the query may contain a key
	}
	return ignored
}

// address returns the host and port to dial. If the endpoint has no port, the default
// port of the scheme is used. Without a scheme, the default port of OTLP is used.
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

// grpcTarget returns the target that gRPC dials.
func (e endpoint) grpcTarget() string {
	if e.grpcOnlyTarget != "" {
		return e.grpcOnlyTarget
	}
	// gRPC parses the address as the path of a URL, in which % is escaped as %25.
	return "dns:///" + strings.ReplaceAll(e.address(ProtocolGRPC), "%", "%25")
}

// url returns the URL that OTLP/HTTP posts to. signalPath is appended to an endpoint for
// all signals. It is empty for the endpoint of one signal, which is used unchanged.
func (e endpoint) url(signalPath string, insecure bool) *url.URL {
	u := &url.URL{Scheme: "http", Host: e.address(ProtocolHTTP), RawQuery: e.query}
	if e.usesTLS(insecure) {
		u.Scheme = "https"
	}
	path := e.path
	if signalPath != "" {
		path = strings.TrimRight(path, "/") + signalPath
	}
	if path == "" {
		path = "/"
	}
	// path is already escaped, and parseEndpoint has checked that it can be
	// unescaped.
	u.RawPath = path
	u.Path, _ = url.PathUnescape(path)
	return u
}
