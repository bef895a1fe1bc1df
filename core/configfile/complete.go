package configfile

import (
	"reflect"

	"go.opentelemetry.io/contrib/otelconf"
	"go.yaml.in/yaml/v3"
)

// choiceTypes are the types of mappings whose key chooses one of several kinds. For
// example, the key always_on of a sampler chooses the kind of sampler. A key without a
// value, as in "always_on:", chooses that kind with all defaults. otelconf treats some keys
// without a value as missing, so addDefaults makes the value an empty mapping.
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

// optionalEndpointTypes are the types of exporters whose endpoint is optional in the
// schema. otelconf rejects an exporter without the key "endpoint", so addDefaults adds
// the key without a value.
var optionalEndpointTypes = map[reflect.Type]bool{
	reflect.TypeFor[otelconf.OTLPGrpcExporter]():       true,
	reflect.TypeFor[otelconf.OTLPHttpExporter]():       true,
	reflect.TypeFor[otelconf.OTLPGrpcMetricExporter](): true,
	reflect.TypeFor[otelconf.OTLPHttpMetricExporter](): true,
}

// addDefaults adds values that are optional in the schema but required by otelconf.
func (r *fileReader) addDefaults(node *yaml.Node, t reflect.Type) {
	switch t = indirectType(t); {
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
		if optionalEndpointTypes[t] && findNode(node, "endpoint") == nil {
			node.Content = append(node.Content,
				&yaml.Node{Kind: yaml.ScalarNode, Value: "endpoint"}, &yaml.Node{Kind: yaml.ScalarNode})
		}
	}
}
