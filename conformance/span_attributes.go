package conformance

import (
	"fmt"
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// spanAttributeChecks are about what the span says of the request and its
// answer.
func spanAttributeChecks() []Check {
	return []Check{
		{
			ID:    "span/attributes",
			Level: Requirement,
			Rule: "The span has method, path, scheme, status, server address and port of the Host header, protocol version, " +
				"peer, client and user agent, each with its name and type.",
			Source: `HTTP semantic conventions v1.43, "HTTP server span"`,
			run:    spanAttributes,
		},
		{
			ID:    "span/headers",
			Level: Requirement,
			Rule: "Headers are recorded only when asked for, as arrays of strings under http.request.header.<name> and " +
				"http.response.header.<name>; those to be sanitized are redacted.",
			Source: `HTTP semantic conventions v1.43, attributes http.request.header.<key> and http.response.header.<key>; ` +
				`OpenTelemetry declarative configuration's variables for HTTP instrumentation`,
			Needs: []Capability{CapturedHeaders},
			run:   spanHeaders,
		},
		{
			ID:     "span/status",
			Level:  Requirement,
			Rule:   "The span's status is unset for answers below 500, and ERROR without a description, with the code as error.type, from 500 on.",
			Source: `HTTP semantic conventions v1.43, "Status" and attribute error.type`,
			run:    spanStatus,
		},
	}
}

func spanAttributes(p *Probe) {
	hosts := map[string]otlptest.Attributes{
		"service.example:8443": {"server.address": "service.example", "server.port": int64(8443)},
		"service.example":      {"server.address": "service.example"},
		"[2001:db8::1]:8080":   {"server.address": "2001:db8::1", "server.port": int64(8080)},
	}
	exchanges := make(map[string]Exchange, len(hosts))
	item := p.unique()
	for host := range hosts {
		r := Get("/process/"+item, "User-Agent: probe/1.0 (suite)")
		r.Host = host
		exchanges[host] = p.Send(r)
	}
	p.Settle()
	for host, want := range sorted(hosts) {
		x := exchanges[host]
		server, ok := p.settledServer(x)
		if !ok {
			continue
		}
		p.attributes(x, server, want)
		p.attributes(x, server, otlptest.Attributes{
			"http.request.method":          "GET",
			"http.request.method_original": nil,
			"url.path":                     "/process/" + item,
			"url.scheme":                   "http",
			"url.query":                    nil,
			"http.response.status_code":    int64(200),
			"network.protocol.version":     "1.1",
			"network.peer.address":         "127.0.0.1",
			"client.address":               "127.0.0.1",
			"user_agent.original":          "probe/1.0 (suite)",
			"error.type":                   nil,
		})
		port, isInt := server.Attr("network.peer.port").(int64)
		p.True(isInt && port > 0, "network.peer.port of "+x.label(), show(server.Attr("network.peer.port")), "the client's port as an integer")
	}
}

func spanHeaders(p *Probe) {
	request := Get("/process/1", "X-Probe: one", "X-Probe: two", "X-Token: hidden", "X-Other: other")
	unasked := p.Send(request)
	if server, ok := p.Server(unasked); ok {
		p.Equal("headers that were not asked for", headersOf(server), otlptest.Attributes{})
	}
	p.with([]string{
		"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST=X-Probe,X-Token,X-Absent",
		"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE=Content-Type",
		"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS=x-token",
	}, func() {
		x := p.Send(request)
		if server, ok := p.Server(x); ok {
			p.Equal("headers that were asked for", headersOf(server), otlptest.Attributes{
				"http.request.header.x-probe":       []string{"one", "two"},
				"http.request.header.x-token":       []string{"REDACTED"},
				"http.response.header.content-type": x.Response.Header.Values("Content-Type"),
			})
		}
	})
}

// headersOf returns the attributes that hold headers.
func headersOf(s otlptest.Span) otlptest.Attributes {
	headers := make(otlptest.Attributes)
	for key, value := range s.Attributes {
		if strings.HasPrefix(key, "http.request.header.") || strings.HasPrefix(key, "http.response.header.") {
			headers[key] = value
		}
	}
	return headers
}

func spanStatus(p *Probe) {
	var exchanges []Exchange
	for _, code := range []int{200, 204, 302, 400, 404, 499, 500, 503} {
		exchanges = append(exchanges, p.Send(Get(fmt.Sprintf("/status/%d", code))))
	}
	p.Settle()
	for _, x := range exchanges {
		if server, ok := p.settledServer(x); ok {
			p.judged(x, server)
		}
	}
}

// judged checks that status and error.type of a span follow from the status of
// the answer, and that it has no description.
func (p *Probe) judged(x Exchange, server otlptest.Span) {
	code := x.Response.Status
	status, errorType := otlptest.StatusUnset, any(nil)
	if code >= 500 {
		status, errorType = otlptest.StatusError, fmt.Sprint(code)
	}
	p.Equal("status of the span of "+x.label(), server.Status(), status)
	p.Equal("description of the status of "+x.label(), server.StatusMessage(), "")
	p.attributes(x, server, otlptest.Attributes{"http.response.status_code": int64(code), "error.type": errorType})
}
