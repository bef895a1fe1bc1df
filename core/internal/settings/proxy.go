package settings

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// proxyVariable returns the name of the variable that sets the proxy for the
// endpoint.
func (o OTLP) proxyVariable() string {
	if o.URL != nil && o.URL.Scheme == "http" {
		return "HTTP_PROXY"
	}
	return "HTTPS_PROXY"
}

// warnOfInvalidProxy adds a warning about an invalid proxy variable. net/http silently
// ignores such a proxy, or takes another part of the value for the host. The warning does not
// contain the value, since any part of it may be a password.
func (o OTLP) warnOfInvalidProxy(e *environment) {
	name := o.proxyVariable()
	value := cmp.Or(os.Getenv(name), os.Getenv(strings.ToLower(name)))
	if value == "" || hasProxyHost(value) || !o.mayBeProxied() {
		return
	}
	e.addAdvice(fmt.Errorf("%s (value not shown): not a valid proxy address, want one such as http://proxy.example.com:3128, with special characters in the user name and password percent-encoded, such as / as %%2F", name))
}

// mayBeProxied reports whether net/http and gRPC use a proxy for the endpoint if one is
// set. They use none for a Unix socket or a loopback address.
func (o OTLP) mayBeProxied() bool {
	host, found := strings.CutPrefix(o.Target, "dns:///")
	if o.URL != nil {
		host, found = o.URL.Host, true
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, err := netip.ParseAddr(host)
	return found && host != "localhost" && (err != nil || !address.IsLoopback())
}

// hasProxyHost reports whether net/http and gRPC find a host in value.
func hasProxyHost(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	// An unescaped / in the password, as in user:pa/ss@proxy, ends the host for url.Parse.
	// The @ is then in the path. The same applies to ? and #.
	if err != nil || u.Hostname() == "" || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return false
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return false
	}
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.Atoi(u.Port())
	return err == nil && port > 0 && port < 1<<16
}
