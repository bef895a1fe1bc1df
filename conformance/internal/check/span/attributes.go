package span

import (
	"fmt"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// spanAttributeChecks are about attributes of the request and its response.
func spanAttributeChecks() []check.Check {
	return []check.Check{
		{
			ID:    "span/attributes",
			Level: check.Requirement,
			Rule: "The span has the method, path, scheme, status, server address and port of the Host header, protocol version, " +
				"peer, client and user agent, each with the right name and type.",
			Source: `HTTP semantic conventions v1.43, "HTTP server span"`,
			Run:    spanAttributes,
		},
		{
			ID:    "span/headers",
			Level: check.Requirement,
			Rule: "Headers are recorded only if they are configured, as string arrays named http.request.header.<name> and " +
				"http.response.header.<name>; several values are several elements, or one element with commas.",
			Source: `HTTP semantic conventions v1.43, attributes http.request.header.<key> and http.response.header.<key>`,
			Needs:  []contract.Capability{contract.CapturedHeaders},
			Run:    spanHeaders,
		},
		{
			ID:     "span/sanitized",
			Level:  check.Choice,
			Rule:   "The value of a captured header that is configured to be sanitized is not recorded.",
			Source: "OpenTelemetry for Python, which defines the variable",
			Needs:  []contract.Capability{contract.CapturedHeaders},
			Run:    spanSanitized,
		},
		{
			ID:     "span/status",
			Level:  check.Requirement,
			Rule:   "The span's status is Unset for responses below 500. From 500 on it is ERROR without a description, and error.type is the status code.",
			Source: `HTTP semantic conventions v1.43, "Status" and attribute error.type`,
			Run:    spanStatus,
		},
	}
}

func spanAttributes(p *probe.Probe) {
	hosts := map[string]otlptest.Attributes{
		"service.example:8443": {"server.address": "service.example", "server.port": int64(8443)},
		"service.example":      {"server.address": "service.example"},
		"[2001:db8::1]:8080":   {"server.address": "2001:db8::1", "server.port": int64(8080)},
	}
	exchanges := make(map[string]probe.Exchange, len(hosts))
	item := p.Unique()
	for host := range hosts {
		r := wire.Get("/process/"+item, "User-Agent: probe/1.0 (suite)")
		r.Host = host
		exchanges[host] = p.Send(r)
	}
	p.Settle()
	for host, want := range probe.Sorted(hosts) {
		x := exchanges[host]
		server, ok := p.SettledServer(x)
		if !ok {
			continue
		}
		p.Attributes(x, server, want)
		client := p.Client(server.Attr("network.peer.address"))
		p.Attributes(x, server, otlptest.Attributes{
			"http.request.method":          "GET",
			"http.request.method_original": nil,
			"url.path":                     "/process/" + item,
			"url.scheme":                   "http",
			"url.query":                    nil,
			"http.response.status_code":    int64(200),
			"network.protocol.version":     "1.1",
			"network.peer.address":         client,
			"client.address":               client,
			"user_agent.original":          "probe/1.0 (suite)",
			"error.type":                   nil,
		})
		port, isInt := server.Attr("network.peer.port").(int64)
		p.True(isInt && port > 0, "network.peer.port of "+x.Label(), probe.Show(server.Attr("network.peer.port")), "the client's port as an integer")
	}
}

func spanHeaders(p *probe.Probe) {
	request := wire.Get("/process/1", "X-Probe: one", "X-Probe: two", "X-Other: other")
	unasked := p.Send(request)
	if server, ok := p.Server(unasked); ok {
		p.Equal("headers that were not asked for", headersOf(server), otlptest.Attributes{})
	}
	p.With(capturing, func() {
		x := p.Send(request)
		server, ok := p.Server(x)
		if !ok {
			return
		}
		got := headersOf(server)
		want := otlptest.Attributes{
			"http.request.header.x-probe":       []string{"one", "two"},
			"http.response.header.content-type": x.Response.Header.Values("Content-Type"),
		}
		if values, ok := got["http.request.header.x-probe"].([]string); ok && len(values) == 1 {
			// Some HTTP libraries join several headers of the same name.
			want["http.request.header.x-probe"] = []string{"one, two"}
		}
		p.Equal("headers that were asked for", got, want)
	})
}

// capturing captures headers, one of which is sanitized.
var capturing = []string{
	"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST=X-Probe,X-Token,X-Absent",
	"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE=Content-Type",
	"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS=x-token",
}

func spanSanitized(p *probe.Probe) {
	p.With(capturing, func() {
		x := p.Send(wire.Get("/process/1", "X-Probe: one", "X-Token: hidden"))
		server, ok := p.Server(x)
		if !ok {
			return
		}
		got := headersOf(server)
		p.True(got["http.request.header.x-probe"] != nil, "http.request.header.x-probe, which is asked for", "none", "one")
		p.True(!strings.Contains(got.String(), "hidden"), "headers that were asked for, with X-Token to be sanitized", got.String(), "X-Token without its value")
	})
}

// headersOf returns the attributes of captured headers.
func headersOf(s otlptest.Span) otlptest.Attributes {
	headers := make(otlptest.Attributes)
	for key, value := range s.Attributes {
		if strings.HasPrefix(key, "http.request.header.") || strings.HasPrefix(key, "http.response.header.") {
			headers[key] = value
		}
	}
	return headers
}

func spanStatus(p *probe.Probe) {
	var exchanges []probe.Exchange
	for _, code := range []int{200, 204, 302, 400, 404, 499, 500, 503} {
		exchanges = append(exchanges, p.Send(wire.Get(fmt.Sprintf("/status/%d", code))))
	}
	p.Settle()
	for _, x := range exchanges {
		if server, ok := p.SettledServer(x); ok {
			p.Judged(x, server)
		}
	}
}
