package otlptest

import (
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
)

// Origin is where a span, metric or log record comes from.
type Origin struct {
	// Resource is the attributes of the resource.
	Resource Attributes
	// ResourceSchemaURL is the schema URL of the resource.
	ResourceSchemaURL string
	// Scope is the instrumentation scope.
	Scope Scope
}

// Scope is an instrumentation scope.
type Scope struct {
	Name       string
	Version    string
	SchemaURL  string
	Attributes Attributes
}

// Service is the resource's service.name, "" if it has none.
func (o Origin) Service() string {
	name, _ := o.Resource["service.name"].(string)
	return name
}

// newOrigin returns the origin with an OTLP resource and scope, and their schema URLs.
func newOrigin(resource *resourcepb.Resource, resourceSchema string, scope *commonpb.InstrumentationScope, scopeSchema string) Origin {
	return Origin{
		Resource:          newAttributes(resource.GetAttributes()),
		ResourceSchemaURL: resourceSchema,
		Scope: Scope{
			Name:       scope.GetName(),
			Version:    scope.GetVersion(),
			SchemaURL:  scopeSchema,
			Attributes: newAttributes(scope.GetAttributes()),
		},
	}
}
