package conformance

import (
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// spanOriginChecks are about who made the span, and for which service.
func spanOriginChecks() []Check {
	return []Check{
		{
			ID:     "span/scope",
			Level:  Requirement,
			Rule:   "The span's scope is the instrumentation's name and version, and names the schema that it follows.",
			Source: `OpenTelemetry specification, "Instrumentation Scope" and "Schema URL"`,
			run: func(p *Probe) {
				server, ok := p.Server(p.Send(Get("/process/1")))
				if !ok {
					return
				}
				p.declared("name of the scope", server.Scope.Name, p.subject.Instrumentation)
				p.declared("version of the scope", unprefixed(server.Scope.Version), unprefixed(p.subject.InstrumentationVersion))
				p.True(strings.HasPrefix(server.Scope.SchemaURL, "https://opentelemetry.io/schemas/"),
					"schema URL of the scope", show(server.Scope.SchemaURL), "one of https://opentelemetry.io/schemas/")
			},
		},
		{
			ID:    "span/resource",
			Level: Requirement,
			Rule: "service.name is that of OTEL_SERVICE_NAME, else of OTEL_RESOURCE_ATTRIBUTES, else of the code, never unknown_service; " +
				"the attributes of OTEL_RESOURCE_ATTRIBUTES arrive as they were given.",
			Source: `OpenTelemetry specification, "Resource SDK" and "Environment Variable Specification"; guide`,
			Needs:  []Capability{Lifecycle},
			run:    spanResource,
		},
	}
}

// declared records a problem unless got is what the subject has declared, or is
// there at all if it has declared nothing.
func (p *Probe) declared(what, got, want string) {
	if want == "" {
		p.True(got != "", what, "none", "that of the instrumentation")
		return
	}
	p.Equal(what, got, want)
}

// unprefixed is a version without the v that Go writes before it.
func unprefixed(version string) string { return strings.TrimPrefix(version, "v") }

func spanResource(p *Probe) {
	environment := otlptest.Attributes{"deployment.environment": "production", "team": "platform"}
	p.resource("with OTEL_SERVICE_NAME", environment, func(name string) bool { return name == p.subject.Name }, p.subject.Name)
	p.with([]string{
		"OTEL_SERVICE_NAME=from-name",
		"OTEL_RESOURCE_ATTRIBUTES=service.name=from-attributes,deployment.environment=production,team=a%2Cb",
	}, func() {
		p.resource("with both", otlptest.Attributes{"deployment.environment": "production", "team": "a,b"},
			func(name string) bool { return name == "from-name" }, "from-name")
	})
	p.with([]string{
		"OTEL_SERVICE_NAME=",
		"OTEL_RESOURCE_ATTRIBUTES=service.name=from-attributes,deployment.environment=production,team=platform",
	}, func() {
		p.resource("with OTEL_RESOURCE_ATTRIBUTES", environment, func(name string) bool { return name == "from-attributes" }, "from-attributes")
	})
	p.with([]string{"OTEL_SERVICE_NAME=", "OTEL_RESOURCE_ATTRIBUTES="}, func() {
		p.resource("with neither", nil, func(name string) bool {
			return name != "" && !strings.HasPrefix(name, "unknown_service")
		}, "a name of its own, not unknown_service")
	})
}

// resource checks the resource of a span.
func (p *Probe) resource(when string, want otlptest.Attributes, isName func(string) bool, name string) {
	server, ok := p.Server(p.Send(Get("/process/1")))
	if !ok {
		return
	}
	p.True(isName(server.Service()), "service.name "+when, show(server.Service()), name)
	for key, value := range sorted(want) {
		p.Equal("resource's "+key+" "+when, server.Resource[key], value)
	}
}
