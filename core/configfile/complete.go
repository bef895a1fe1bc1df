package configfile

import (
	"reflect"

	"go.opentelemetry.io/contrib/otelconf"
	"go.yaml.in/yaml/v3"
)

// alternativeTypes are mappings in which a key alone is meaningful: a key without a
// value means all defaults. otelconf takes some of these for missing.
var alternativeTypes = map[reflect.Type]bool{
	reflect.TypeFor[otelconf.Sampler]():            true,
	reflect.TypeFor[otelconf.SpanProcessor]():      true,
	reflect.TypeFor[otelconf.SpanExporter]():       true,
	reflect.TypeFor[otelconf.LogRecordProcessor](): true,
	reflect.TypeFor[otelconf.LogRecordExporter]():  true,
	reflect.TypeFor[otelconf.MetricReader]():       true,
	reflect.TypeFor[otelconf.PushMetricExporter](): true,
	reflect.TypeFor[otelconf.Aggregation]():        true,
}

// endpointTypes are mappings whose endpoint is optional, which otelconf rejects
// without one.
var endpointTypes = map[reflect.Type]bool{
	reflect.TypeFor[otelconf.OTLPGrpcExporter]():       true,
	reflect.TypeFor[otelconf.OTLPHttpExporter]():       true,
	reflect.TypeFor[otelconf.OTLPGrpcMetricExporter](): true,
	reflect.TypeFor[otelconf.OTLPHttpMetricExporter](): true,
}

// addDefaults adds what the schema makes optional but otelconf requires.
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
			if alternativeTypes[t] && isNull(child) {
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
