package span

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// spanAttributeChecks returns the checks of the span attributes that describe the request
// and the response.
func spanAttributeChecks() []check.Check {
	return []check.Check{
		{
			ID:    "span/attributes",
			Level: check.Requirement,
			Rule: "The span has the method, the path without the query, the scheme and the status, and the query if there is one, each with the right name and type. These " +
				"recommended attributes are correct if they are present: server address and port (of the Host header), protocol version (2 or 2.0 for HTTP/2), peer, client and user agent.",
			Source: `HTTP semantic conventions v1.43, "HTTP server span"`,
			Run:    checkAttributes,
		},
		{
			ID:     "span/recommended",
			Level:  check.Choice,
			Rule:   "The span has all recommended attributes: server address, protocol version, peer, client and user agent.",
			Source: `bug reports of other instrumentations; HTTP semantic conventions v1.43, "HTTP server span", which allows instrumentations to omit them`,
			Run:    checkRecommendedPresent,
		},
		{
			ID:    "span/headers",
			Level: check.Requirement,
			Rule: "Headers are recorded only if they are configured, as string arrays named http.request.header.<name> and http.response.header.<name>. If a header has " +
				"several values, they are several elements, or one element with commas.",
			Source: `HTTP semantic conventions v1.43, attributes http.request.header.<key> and http.response.header.<key>`,
			Needs:  []contract.Capability{contract.CapturedHeaders},
			Run:    checkCapturedHeaders,
		},
		{
			ID:     "span/sanitized",
			Level:  check.Choice,
			Rule:   "If the service is configured to sanitize a captured header, the header's value is not recorded.",
			Source: "OpenTelemetry for Python, which defines the variable",
			Needs:  []contract.Capability{contract.CapturedHeaders},
			Run:    checkSanitizedHeaders,
		},
		{
			ID:     "span/status",
			Level:  check.Requirement,
			Rule:   "For responses below 500, the span's status is Unset, and there is no error.type. From 500 on, the status is ERROR without a description, and there is an error.type.",
			Source: `HTTP semantic conventions v1.43, "Status" and attribute error.type`,
			Run:    checkStatus,
		},
	}
}

func checkAttributes(p *probe.Probe) {
	hosts := map[string]otlptest.Attributes{
		"service.example:8443": {"server.address": "service.example", "server.port": int64(8443)},
		"service.example":      {"server.address": "service.example"},
		"[2001:db8::1]:8080":   {"server.address": "2001:db8::1", "server.port": int64(8080)},
	}
	exchanges := make(map[string]probe.Exchange, len(hosts))
	item := p.Unique()
	withQuery := p.Send(wire.Get("/process/" + item + "?page=2&sort=name"))
	head := p.Send(wire.Request{Method: http.MethodHead, Target: "/process/" + item})
	for host := range hosts {
		r := wire.Get("/process/"+item, "User-Agent: probe/1.0 (suite)")
		r.Host = host
		exchanges[host] = p.Send(r)
	}
	var overHTTP2 probe.Exchange
	if p.Has(contract.HTTP2) {
		overHTTP2 = p.SendHTTP2(wire.Get("/process/" + item))
	}
	p.Settle()
	if p.Has(contract.HTTP2) {
		checkHTTP2Version(p, overHTTP2)
	}
	if server, ok := p.SettledServer(withQuery); ok {
		checkQuery(p, withQuery, server)
		p.Attributes(withQuery, server, otlptest.Attributes{"url.path": "/process/" + item})
	}
	// Some instrumentations see only requests that match a route, and some frameworks have no
	// route for HEAD.
	if servers := p.SettledServers(head); len(servers) == 1 {
		checkMethod(p, head, servers[0], http.MethodHead)
	}
	for host, want := range probe.Sorted(hosts) {
		x := exchanges[host]
		if x.Response.Status != http.StatusOK {
			p.Cannot("the response to %s violates CONTRACT.md: got %s, want 200", x.Label(), x.Response)
		}
		server, ok := p.SettledServer(x)
		if !ok {
			continue
		}
		if server.Attr("server.address") != nil {
			p.Attributes(x, server, want)
		}
		p.Attributes(x, server, otlptest.Attributes{
			"http.request.method":          "GET",
			"http.request.method_original": nil,
			"url.path":                     "/process/" + item,
			"url.scheme":                   "http",
			"url.query":                    nil,
			"http.response.status_code":    int64(200),
			"error.type":                   nil,
		})
		checkRecommendedValues(p, x, server)
	}
}

// checkHTTP2Version checks the protocol version of a request over HTTP/2. The conventions have 2
// among their examples, but do not forbid 2.0: RFC 9110, section 2.5, has the minor version 0 for
// versions of HTTP without minor versions.
func checkHTTP2Version(p *probe.Probe, x probe.Exchange) {
	server, ok := p.SettledServer(x)
	if !ok {
		return
	}
	version := server.Attr("network.protocol.version")
	p.True(version == nil || version == "2" || version == "2.0", "network.protocol.version of "+x.Label()+" over HTTP/2", probe.Show(version), `"2" or "2.0"`)
}

// checkQuery checks url.query of a request for ?page=2&sort=name. An instrumentation may
// consider these keys sensitive and redact the values.
func checkQuery(p *probe.Probe, x probe.Exchange, server otlptest.Span) {
	query, _ := server.Attr("url.query").(string)
	const word = `(?i:\[?redacted\]?|\*+)`
	p.True(regexp.MustCompile(`^page=(2|`+word+`)&sort=(name|`+word+`)$`).MatchString(query), "url.query of "+x.Label(),
		probe.Show(server.Attr("url.query")), `"page=2&sort=name", or with the values replaced by a word such as REDACTED`)
}

// checkRecommendedValues checks the values of the attributes that the conventions recommend.
func checkRecommendedValues(p *probe.Probe, x probe.Exchange, server otlptest.Span) {
	for key, value := range probe.Sorted(otlptest.Attributes{
		"network.protocol.version": "1.1",
		"network.peer.address":     p.Client(server.Attr("network.peer.address")),
		"client.address":           p.ClientAddress(server),
		"user_agent.original":      "probe/1.0 (suite)",
	}) {
		if server.Attr(key) != nil {
			p.Attributes(x, server, otlptest.Attributes{key: value})
		}
	}
	if peer := server.Attr("network.peer.port"); peer != nil {
		port, isInt := peer.(int64)
		p.True(isInt && port > 0, "network.peer.port of "+x.Label(), probe.Show(peer), "the client's port as an integer")
	}
}

func checkRecommendedPresent(p *probe.Probe) {
	r := wire.Get("/process/1", "User-Agent: probe/1.0 (suite)")
	r.Host = "service.example:8443"
	x := p.Send(r)
	server, ok := p.Server(x)
	if !ok {
		return
	}
	for _, key := range []string{
		"client.address", "network.peer.address", "network.peer.port", "network.protocol.version", "server.address", "user_agent.original",
	} {
		p.True(server.Attr(key) != nil, key+" of "+x.Label(), "none", "a value")
	}
}

func checkCapturedHeaders(p *probe.Probe) {
	request := wire.Get("/process/1", "X-Probe: one", "X-Probe: two", "X-Other: other")
	withoutCapture := p.Send(request)
	if server, ok := p.Server(withoutCapture); ok {
		p.Equal("captured headers if no header is configured", capturedHeaders(server), otlptest.Attributes{})
	}
	p.With(captureVariables, func() {
		x := p.Send(request)
		server, ok := p.Server(x)
		if !ok {
			return
		}
		got := capturedHeaders(server)
		want := otlptest.Attributes{
			"http.request.header.x-probe":       []string{"one", "two"},
			"http.response.header.content-type": x.Response.Header.Values("Content-Type"),
		}
		if values, ok := got["http.request.header.x-probe"].([]string); ok && len(values) == 1 {
			// Some HTTP libraries join the values of repeated headers.
			want["http.request.header.x-probe"] = []string{"one, two"}
			if values[0] == "one,two" {
				want["http.request.header.x-probe"] = values
			}
		}
		p.Equal("captured headers", got, want)
	})
}

// captureVariables configure the capture of headers. The value of X-Token must be
// sanitized.
var captureVariables = []string{
	"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST=X-Probe,X-Token,X-Absent",
	"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE=Content-Type",
	"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS=x-token",
}

func checkSanitizedHeaders(p *probe.Probe) {
	p.With(captureVariables, func() {
		x := p.Send(wire.Get("/process/1", "X-Probe: one", "X-Token: hidden"))
		server, ok := p.Server(x)
		if !ok {
			return
		}
		got := capturedHeaders(server)
		p.True(got["http.request.header.x-probe"] != nil, "http.request.header.x-probe, which is configured", "none", "the value of X-Probe")
		p.True(!strings.Contains(got.String(), "hidden"), "captured headers, of which X-Token must be sanitized", got.String(), "X-Token without its value")
	})
}

// capturedHeaders returns the attributes of captured headers.
func capturedHeaders(s otlptest.Span) otlptest.Attributes {
	headers := make(otlptest.Attributes)
	for key, value := range s.Attributes {
		if strings.HasPrefix(key, "http.request.header.") || strings.HasPrefix(key, "http.response.header.") {
			headers[key] = value
		}
	}
	return headers
}

func checkStatus(p *probe.Probe) {
	var exchanges []probe.Exchange
	for _, code := range []int{200, 204, 302, 400, 404, 499, 500, 503} {
		exchanges = append(exchanges, p.Send(wire.Get(fmt.Sprintf("/status/%d", code))))
	}
	p.Settle()
	for _, x := range exchanges {
		server, ok := p.SettledServer(x)
		if !ok {
			continue
		}
		p.Judged(x, server)
		if x.Response.Status < http.StatusInternalServerError {
			p.Attributes(x, server, otlptest.Attributes{"error.type": nil})
		}
	}
}
