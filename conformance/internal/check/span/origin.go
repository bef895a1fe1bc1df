package span

import (
	"net/url"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// spanOriginChecks are about scope and resource.
func spanOriginChecks() []check.Check {
	return []check.Check{
		{
			ID:     "span/scope",
			Level:  check.Requirement,
			Rule:   "The span's scope has the name and version of the instrumentation, and its schema URL, if any, is a URL.",
			Source: `OpenTelemetry specification, "Instrumentation Scope" and "Schema URL"`,
			Run: func(p *probe.Probe) {
				server, ok := p.Server(p.Send(wire.Get("/process/1")))
				if !ok {
					return
				}
				declared(p, "name of the scope", server.Scope.Name, p.Subject.Instrumentation)
				declared(p, "version of the scope", unprefixed(server.Scope.Version), unprefixed(p.Subject.InstrumentationVersion))
				schema := server.Scope.SchemaURL
				parsed, err := url.Parse(schema)
				p.True(schema == "" || err == nil && parsed.Host != "" && strings.HasPrefix(parsed.Scheme, "http"),
					"schema URL of the scope", probe.Show(schema), "none, or one such as https://opentelemetry.io/schemas/1.43.0")
			},
		},
		{
			ID:    "span/resource",
			Level: check.Requirement,
			Rule: "service.name is taken from OTEL_SERVICE_NAME, or else from OTEL_RESOURCE_ATTRIBUTES, or else from the code, and is never unknown_service; " +
				"the attributes of OTEL_RESOURCE_ATTRIBUTES arrive unchanged.",
			Source: `OpenTelemetry specification, "Resource SDK" and "Environment Variable Specification"; FastAPI guide`,
			Needs:  []contract.Capability{contract.Lifecycle},
			Run:    spanResource,
		},
	}
}

// declared records a problem unless got is what the subject has declared, or is
// not empty if it has declared nothing.
func declared(p *probe.Probe, what, got, want string) {
	if want == "" {
		p.True(got != "", what, "none", "that of the instrumentation")
		return
	}
	p.Equal(what, got, want)
}

// unprefixed returns a version without Go's v prefix.
func unprefixed(version string) string { return strings.TrimPrefix(version, "v") }

func spanResource(p *probe.Probe) {
	environment := otlptest.Attributes{"deployment.environment": "production", "team": "platform"}
	resource(p, "with OTEL_SERVICE_NAME", environment, func(name string) bool { return name == p.Subject.Name }, p.Subject.Name)
	p.With([]string{
		"OTEL_SERVICE_NAME=from-name",
		"OTEL_RESOURCE_ATTRIBUTES=service.name=from-attributes,deployment.environment=production,team=a%2Cb",
	}, func() {
		resource(p, "with both", otlptest.Attributes{"deployment.environment": "production", "team": "a,b"},
			func(name string) bool { return name == "from-name" }, "from-name")
	})
	p.With([]string{
		"OTEL_SERVICE_NAME=",
		"OTEL_RESOURCE_ATTRIBUTES=service.name=from-attributes,deployment.environment=production,team=platform",
	}, func() {
		resource(p, "with OTEL_RESOURCE_ATTRIBUTES", environment, func(name string) bool { return name == "from-attributes" }, "from-attributes")
	})
	p.With([]string{"OTEL_SERVICE_NAME=", "OTEL_RESOURCE_ATTRIBUTES="}, func() {
		resource(p, "with neither", nil, func(name string) bool {
			return name != "" && !strings.HasPrefix(name, "unknown_service")
		}, "a name of its own, not unknown_service")
	})
}

// resource checks the resource of a span.
func resource(p *probe.Probe, when string, want otlptest.Attributes, isName func(string) bool, name string) {
	server, ok := p.Server(p.Send(wire.Get("/process/1")))
	if !ok {
		return
	}
	p.True(isName(server.Service()), "service.name "+when, probe.Show(server.Service()), name)
	for key, value := range probe.Sorted(want) {
		p.Equal("resource's "+key+" "+when, server.Resource[key], value)
	}
}
