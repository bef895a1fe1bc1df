package span

import (
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

const (
	// droppedPrefix is the prefix of paths that the service's own sampler drops.
	droppedPrefix = "/files/"
	// samplerAttribute is the attribute in which the service's sampler lists the attributes
	// that it was given.
	samplerAttribute = "sampler.attributes"
)

// spanSamplerChecks returns the checks of the attributes that a sampler sees when a span
// starts.
func spanSamplerChecks() []check.Check {
	return []check.Check{{
		ID:    "span/sampler",
		Level: check.Requirement,
		Rule: "A sampler sees the method, path and scheme. It also sees the query, server address and port, client address, user agent and request headers, if the " +
			"span has them. A span that it drops is not exported.",
		Source: `HTTP semantic conventions v1.43, "HTTP server span", attributes to be provided at span creation time; OpenTelemetry specification, Trace SDK, "Sampling"`,
		Needs:  []contract.Capability{contract.Sampler},
		Env:    []string{"SAMESPAN_SAMPLER=" + droppedPrefix, "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST=X-Probe"},
		Run:    checkSampler,
	}}
}

func checkSampler(p *probe.Probe) {
	request := wire.Get("/process/"+p.Unique()+"?page=2", "User-Agent: probe/1.0 (suite)", "X-Probe: one")
	request.Host = "service.example:8443"
	recorded, dropped := p.Send(request), p.Send(wire.Get(droppedPrefix+p.Unique()))
	if dropped.Response.Status != 200 {
		p.Cannot("the response to GET %s… violates CONTRACT.md: got status %d, want 200", droppedPrefix, dropped.Response.Status)
	}
	p.Settle()
	if !slices.ContainsFunc(p.Receiver().Spans(), func(s otlptest.Span) bool { return s.Attr(samplerAttribute) != nil }) {
		p.Cannot("the service violates CONTRACT.md: with SAMESPAN_SAMPLER=%s, no span has the attribute %s%s", droppedPrefix, samplerAttribute, p.Details())
	}
	p.Equal("spans of GET "+droppedPrefix+"…, which the sampler drops", probe.Names(p.Trace(dropped.TraceID)), []string{})
	server, ok := p.SettledServer(recorded)
	if !ok {
		return
	}
	list, isText := server.Attr(samplerAttribute).(string)
	if !isText {
		p.Problem(samplerAttribute+" of "+recorded.Label(), probe.Show(server.Attr(samplerAttribute)), "a list of the attributes that the sampler received")
		return
	}
	p.Equal("attributes of "+recorded.Label()+" that the sampler did not receive", missingAttributes(server.Attributes, strings.Split(list, ",")), []string{})
}

// missingAttributes returns the keys of the attributes that the sampler should have been
// given but was not. given are the keys that it was given. The method, path and scheme
// must always be given. Some attributes, such as url.query, must be given if they are in
// spanAttributes, the attributes of the finished span.
func missingAttributes(spanAttributes otlptest.Attributes, given []string) []string {
	wanted := []string{"http.request.method", "url.path", "url.scheme"}
	for key := range probe.Sorted(spanAttributes) {
		switch {
		case slices.Contains([]string{"client.address", "server.address", "server.port", "url.query", "user_agent.original"}, key),
			strings.HasPrefix(key, "http.request.header."):
			wanted = append(wanted, key)
		}
	}
	return slices.DeleteFunc(wanted, func(key string) bool { return slices.Contains(given, key) })
}
