package configfile

import (
	"reflect"

	"go.opentelemetry.io/contrib/otelconf"
	"go.yaml.in/yaml/v3"
)

// choiceTypes are mappings whose key chooses one of several kinds, such as always_on for a
// sampler. A key without a value, as in "always_on:", chooses that kind with all defaults.
// otelconf treats some keys without a value as missing, so addDefaults makes the value an
// empty mapping.
var choiceTypes = map[reflect.Type]bool{
	reflect.TypeFor[otelconf.Sampler]():            true,
	reflect.TypeFor[otelconf.SpanProcessor]():      true,
	reflect.TypeFor[otelconf.SpanExporter]():       true,
	reflect.TypeFor[otelconf.LogRecordProcessor](): true,
	reflect.TypeFor[otelconf.LogRecordExporter]():  true,
	reflect.TypeFor[otelconf.MetricReader]():       true,
	reflect.TypeFor[otelconf.PushMetricExporter](): true,
	reflect.TypeFor[otelconf.Aggregation]():        true,
}

// endpointTypes are mappings in which the schema makes the endpoint optional. otelconf
// rejects them without an endpoint.
var endpointTypes = map[reflect.Type]bool{
	reflect.TypeFor[otelconf.OTLPGrpcExporter]():       true,
	reflect.TypeFor[otelconf.OTLPHttpExporter]():       true,
	reflect.TypeFor[otelconf.OTLPGrpcMetricExporter](): true,
	reflect.TypeFor[otelconf.OTLPHttpMetricExporter](): true,
}

// addDefaults adds values that the schema makes optional but otelconf requires.
func (r *reader) addDefaults(node *yaml.Node, t reflect.Type) {
	switch t = elementType(t); {
	case node.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for _, child := range node.Content {
			r.addDefaults(child, t.Elem())
		}
	case node.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		types := fieldTypes(t)
		for i := 0; i+1 < len(node.Content); i += 2 {
			child := node.Content[i+1]
			if choiceTypes[t] && isNull(child) {
				*child = yaml.Node{Kind: yaml.MappingNode, Line: child.Line}
			}
			r.addDefaults(child, types[node.Content[i].Value])
		}
		if endpointTypes[t] && findNode(node, "endpoint") == nil {
			node.Content = append(node.Content,
				&yaml.Node{Kind: yaml.ScalarNode, Value: "endpoint"}, &yaml.Node{Kind: yaml.ScalarNode})
		}
	}
}
