package core

import (
	"errors"
	"fmt"
	"net"
	"net/url"
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
	// scheme is http, https, unix or, where none was given, empty.
	scheme string
	// host and port may not be split by a caller that wants IPv6 to work; see
	// address.
	host string
	port string
	// path and query are those of the URL; of a unix endpoint, path is the
	// socket's.
	path  string
	query string
}

const wantEndpoint = "an address such as http://localhost:4317, https://collector.example.com or collector:4317"

// parseEndpoint reads an endpoint with or without a scheme: url.Parse alone
// refuses 127.0.0.1:4317 and takes the host of collector:4317 for a scheme.
func parseEndpoint(value string) (endpoint, error) {
	if socket, ok := strings.CutPrefix(value, "unix:"); ok {
		if strings.HasPrefix(socket, "///") {
			socket = socket[2:]
		}
		if strings.Trim(socket, "/") == "" || strings.HasPrefix(socket, "//") || strings.ContainsAny(socket, "\x00\r\n") {
			return endpoint{}, errors.New("no path of a socket")
		}
		// gRPC reads the path as that of a URL.
		if strings.ContainsAny(socket, "%?#") {
			return endpoint{}, errors.New("the path of a socket has one of %, ? and #")
		}
		return endpoint{scheme: "unix", path: socket}, nil
	}

	schemeless := !strings.Contains(value, "://")
	if schemeless {
		value = "//" + value
	}
	u, err := url.Parse(value)
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
	case u.User != nil:
		return endpoint{}, errors.New("credentials belong in the headers")
	case e.host == "":
		return endpoint{}, errors.New("no host")
	case strings.ContainsAny(e.host, "%\x00"):
		return endpoint{}, errors.New("the host has a character or a zone that none may have")
	case strings.Contains(e.host, ":") && !strings.HasPrefix(u.Host, "["):
		return endpoint{}, errors.New("an IPv6 address needs square brackets")
	case schemeless && e.port == "" && isNumber(e.host):
		return endpoint{}, errors.New("a number alone is no address")
	case strings.HasSuffix(u.Host, ":"):
		return endpoint{}, errors.New("no port after the colon")
	}
	if e.port != "" {
		if n, err := strconv.ParseUint(e.port, 10, 16); err != nil || n == 0 {
			return endpoint{}, fmt.Errorf("%s is no port", e.port)
		}
	}
	return e, nil
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

// secure tells whether to speak TLS. The scheme says so; without one it is the
// default, which insecure turns off.
func (e endpoint) secure(insecure bool) bool {
	switch e.scheme {
	case "https":
		return true
	case "":
		return !insecure
	}
	return false
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
		case protocol == protocolHTTP:
			port = portHTTP
		default:
			port = portGRPC
		}
	}
	return net.JoinHostPort(e.host, port)
}

// target returns the name that gRPC dials.
func (e endpoint) target() string {
	if e.scheme == "unix" {
		return "unix:" + e.path
	}
	return "dns:///" + e.address(protocolGRPC)
}

// url returns where OTLP/HTTP posts to. An endpoint for all signals is a base
// that signalPath is appended to; one signal's own, for which signalPath is
// empty, is used as it is.
func (e endpoint) url(signalPath string, insecure bool) *url.URL {
	u := &url.URL{Scheme: "http", Host: e.address(protocolHTTP), RawQuery: e.query}
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
