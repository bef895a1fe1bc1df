package span

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// spanOriginChecks returns the checks of the instrumentation scope and the resource.
func spanOriginChecks() []check.Check {
	return []check.Check{
		{
			ID:    "span/scope",
			Level: check.Requirement,
			Rule: "The span's scope has the name of the instrumentation, and its version if there is one. The schema URL, if there is one, is a URL that ends with the version " +
				"of the schema. The version of an OpenTelemetry schema has the span's attribute names.",
			Source: `OpenTelemetry specification, "Instrumentation Scope" and "Schema URL"`,
			Run: func(p *probe.Probe) {
				server, ok := p.Server(p.Send(wire.Get("/process/1")))
				if !ok {
					return
				}
				if name := p.Subject.Instrumentation; name != "" {
					p.Equal("name of the instrumentation scope", server.Scope.Name, name)
				} else {
					p.True(server.Scope.Name != "", "name of the instrumentation scope", "none", "the name of the instrumentation")
				}
				// A scope need not have a version, unless the subject declares one.
				if version := trimVersionPrefix(p.Subject.InstrumentationVersion); version != "" {
					p.Equal("version of the instrumentation scope", trimVersionPrefix(server.Scope.Version), version)
				}
				checkSchema(p, server)
			},
		},
		{
			ID:     "span/resource",
			Level:  check.Requirement,
			Rule:   "OTEL_SERVICE_NAME takes precedence over the service.name in OTEL_RESOURCE_ATTRIBUTES; the attributes of OTEL_RESOURCE_ATTRIBUTES arrive unchanged.",
			Source: `OpenTelemetry specification, "Resource SDK" and "Environment Variable Specification"`,
			Needs:  []contract.Capability{contract.Lifecycle},
			Run:    checkResourceAttributes,
		},
		{
			ID:    "span/service-name",
			Level: check.Choice,
			Rule:  "Without OTEL_SERVICE_NAME, service.name is taken from OTEL_RESOURCE_ATTRIBUTES, or else from the code, and is never unknown_service.",
			Source: `FastAPI guide; by the OpenTelemetry specification, "Resource SDK", the code takes precedence over OTEL_RESOURCE_ATTRIBUTES, ` +
				`and unknown_service is the default`,
			Needs: []contract.Capability{contract.Lifecycle},
			Run:   checkServiceName,
		},
	}
}

// schemaPath matches the path of a schema URL and finds the version at its end.
var schemaPath = regexp.MustCompile(`/(\d+)\.(\d+)\.\d+(?:[-+][\w.+-]+)?$`)

// checkSchema checks the schema URL of the span's scope. A backend may use it to rename
// attributes.
func checkSchema(p *probe.Probe, server otlptest.Span) {
	schema := server.Scope.SchemaURL
	if schema == "" {
		return
	}
	parsed, err := url.Parse(schema)
	isURL := err == nil && parsed.Host != "" && strings.HasPrefix(parsed.Scheme, "http")
	if !p.True(isURL && schemaPath.MatchString(parsed.Path), "schema URL of the instrumentation scope", probe.Show(schema),
		"none, or a URL that ends with a version, such as https://opentelemetry.io/schemas/1.43.0") || parsed.Host != "opentelemetry.io" {
		return
	}
	version := schemaPath.FindStringSubmatch(parsed.Path)
	minor, _ := strconv.Atoi(version[2])
	// Version 1.21.0 has renamed http.method to http.request.method. An instrumentation may record
	// both names.
	const renamed = 21
	if version[1] == "1" && minor < renamed {
		p.True(server.Attr("http.request.method") == nil || server.Attr("http.method") != nil, "schema URL of the instrumentation scope, whose span has http.request.method and no http.method", probe.Show(schema),
			"version 1.21.0 or later, since the attribute is http.method in earlier versions")
	}
}

// trimVersionPrefix returns a version without Go's v prefix.
func trimVersionPrefix(version string) string { return strings.TrimPrefix(version, "v") }

func checkResourceAttributes(p *probe.Probe) {
	environment := otlptest.Attributes{"deployment.environment": "production", "team": "platform"}
	checkResource(p, "with OTEL_SERVICE_NAME", environment, func(name string) bool { return name == p.Subject.Name }, p.Subject.Name)
	p.With([]string{
		"OTEL_SERVICE_NAME=from-name",
		"OTEL_RESOURCE_ATTRIBUTES=service.name=from-attributes,deployment.environment=production,team=a%2Cb",
	}, func() {
		checkResource(p, "with OTEL_SERVICE_NAME and with service.name in OTEL_RESOURCE_ATTRIBUTES", otlptest.Attributes{"deployment.environment": "production", "team": "a,b"},
			func(name string) bool { return name == "from-name" }, "from-name")
	})
}

func checkServiceName(p *probe.Probe) {
	p.With([]string{
		"OTEL_SERVICE_NAME",
		"OTEL_RESOURCE_ATTRIBUTES=service.name=from-attributes,deployment.environment=production,team=platform",
	}, func() {
		checkResource(p, "with service.name in OTEL_RESOURCE_ATTRIBUTES alone", nil, func(name string) bool { return name == "from-attributes" }, "from-attributes")
	})
	p.With([]string{"OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"}, func() {
		checkResource(p, "without OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES", nil, func(name string) bool {
			return name != "" && !strings.HasPrefix(name, "unknown_service")
		}, "a name that does not begin with unknown_service")
	})
}

// checkResource sends a request and checks the resource of its server span. The resource
// must have the attributes in want, and a service.name that isServiceName accepts. wantName
// and when are texts for problems: wantName describes the accepted names, and when describes
// the configuration of the service.
func checkResource(p *probe.Probe, when string, want otlptest.Attributes, isServiceName func(string) bool, wantName string) {
	server, ok := p.Server(p.Send(wire.Get("/process/1")))
	if !ok {
		return
	}
	p.True(isServiceName(server.Service()), "service.name "+when, probe.Show(server.Service()), wantName)
	for key, value := range probe.Sorted(want) {
		p.Equal("resource attribute "+key+" "+when, server.Resource[key], value)
	}
}
