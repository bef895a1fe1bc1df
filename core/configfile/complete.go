package configfile

import (
	"reflect"

	"go.opentelemetry.io/contrib/otelconf"
	"go.yaml.in/yaml/v3"
)

// alternatives are mappings in which a key alone is meaningful: a key without a
// value means all defaults. otelconf takes some of these for missing.
var alternatives = map[reflect.Type]bool{
	reflect.TypeFor[otelconf.Sampler]():            true,
	reflect.TypeFor[otelconf.SpanProcessor]():      true,
	reflect.TypeFor[otelconf.SpanExporter]():       true,
	reflect.TypeFor[otelconf.LogRecordProcessor](): true,
	reflect.TypeFor[otelconf.LogRecordExporter]():  true,
	reflect.TypeFor[otelconf.MetricReader]():       true,
	reflect.TypeFor[otelconf.PushMetricExporter](): true,
	reflect.TypeFor[otelconf.Aggregation]():        true,
}

// withEndpoint are mappings whose endpoint is optional, which otelconf rejects
// without one.
var withEndpoint = map[reflect.Type]bool{
	reflect.TypeFor[otelconf.OTLPGrpcExporter]():       true,
	reflect.TypeFor[otelconf.OTLPHttpExporter]():       true,
	reflect.TypeFor[otelconf.OTLPGrpcMetricExporter](): true,
	reflect.TypeFor[otelconf.OTLPHttpMetricExporter](): true,
}

// complete adds what the schema makes optional but otelconf requires.
func (r *reader) complete(node *yaml.Node, t reflect.Type) {
	switch t = base(t); {
	case node.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for _, child := range node.Content {
			r.complete(child, t.Elem())
		}
	case node.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		types := fields(t)
		for i := 0; i+1 < len(node.Content); i += 2 {
			child := node.Content[i+1]
			if alternatives[t] && isNull(child) {
				*child = yaml.Node{Kind: yaml.MappingNode, Line: child.Line}
			}
			r.complete(child, types[node.Content[i].Value])
		}
		if withEndpoint[t] && findNode(node, "endpoint") == nil {
			node.Content = append(node.Content,
				&yaml.Node{Kind: yaml.ScalarNode, Value: "endpoint"}, &yaml.Node{Kind: yaml.ScalarNode})
		}
	}
}
