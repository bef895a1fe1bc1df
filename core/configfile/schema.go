package configfile

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	"go.yaml.in/yaml/v3"
)

// The schema is otelconf's types. Its parser ignores keys that it does not
// know, and its errors do not say where in a file they are; both are added
// here, by walking through the tree along the types.

// beyond are keys that otelconf's stable types do not have, and that are
// honoured here.
var beyond = map[reflect.Type]map[string]reflect.Type{
	modelType:                            {"instrumentation/development": reflect.TypeFor[otherLanguages]()},
	reflect.TypeFor[otelconf.Resource](): {"detection/development": reflect.TypeFor[detection]()},
	reflect.TypeFor[otelconf.TextMapPropagator](): {"xray": reflect.TypeFor[map[string]any]()},
}

// otherLanguages are those whose settings a file that many services share may
// have; they are nobody's business here.
type otherLanguages struct {
	Cpp    any `yaml:"cpp"`
	Dotnet any `yaml:"dotnet"`
	Erlang any `yaml:"erlang"`
	Java   any `yaml:"java"`
	Js     any `yaml:"js"`
	Php    any `yaml:"php"`
	Python any `yaml:"python"`
	Ruby   any `yaml:"ruby"`
	Rust   any `yaml:"rust"`
	Swift  any `yaml:"swift"`
}

// fields returns the types of a mapping's keys.
func fields(t reflect.Type) map[string]reflect.Type {
	types := make(map[string]reflect.Type)
	for field := range t.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); name != "" {
			types[name] = field.Type
		}
	}
	maps.Copy(types, beyond[t])
	return types
}

// keys returns them in the order of the alphabet.
func keys(types map[string]reflect.Type) []string { return slices.Sorted(maps.Keys(types)) }

// base returns what a type points to.
func base(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// check refuses keys that the type does not have, and values of another kind.
func (r *reader) check(node *yaml.Node, t reflect.Type, path string) {
	if isNull(node) {
		return
	}
	switch t = base(t); t.Kind() {
	case reflect.Struct:
		r.checkKeys(node, fields(t), path)
	case reflect.Map:
		if t != reflect.TypeFor[otelconf.Distribution]() { // that is for others
			r.checkKeys(node, nil, path)
		}
	case reflect.Slice:
		if node.Kind != yaml.SequenceNode {
			want := "a list"
			if element := base(t.Elem()); element.Kind() == reflect.Struct {
				want += " of mappings with keys of " + strings.Join(keys(fields(element)), ", ")
			}
			r.reject(path, scalar(node), "not a list", want)
			return
		}
		for i, child := range node.Content {
			if isNull(child) {
				// The parser would leave it out, and move what comes after it.
				r.reject(index(path, i), "", "nothing", "an element, or none")
				continue
			}
			r.check(child, t.Elem(), index(path, i))
		}
	case reflect.Interface:
	default:
		r.checkScalar(node, t, path)
	}
}

func (r *reader) checkKeys(node *yaml.Node, types map[string]reflect.Type, path string) {
	known := keys(types)
	if node.Kind != yaml.MappingNode {
		want := "nothing"
		if len(known) > 0 {
			want = "keys of " + strings.Join(known, ", ")
		}
		r.reject(path, scalar(node), "not a mapping", want)
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i].Value, node.Content[i+1]
		t, ok := types[key]
		switch at := join(path, key); {
		case seen[key]:
			r.reject(at, "", "there twice", "it once")
		case ok:
			r.check(value, t, at)
		case strings.HasSuffix(key, "/development"):
			r.reject(at, "", "an experimental part of the schema, which is not supported", "it left out")
		case len(known) == 0:
			r.reject(at, "", "unknown", "nothing there")
		default:
			r.reject(at, "", "unknown", "one of "+strings.Join(known, ", "))
		}
		seen[key] = true
	}
}

func (r *reader) checkScalar(node *yaml.Node, t reflect.Type, path string) {
	want := map[reflect.Kind]string{
		reflect.String: "text", reflect.Int: "a whole number", reflect.Float64: "a number", reflect.Bool: "true or false",
	}[t.Kind()]
	if node.Kind != yaml.ScalarNode {
		r.reject(path, "", "not a single value", want)
		return
	}
	if t.Kind() == reflect.String {
		return // any scalar can be read as one
	}
	if node.Decode(reflect.New(t).Interface()) != nil {
		r.reject(path, scalar(node), "of another type", want)
	}
}

// alternatives are mappings of which a key says everything, so that a key
// without a value is one with all defaults. otelconf takes some for missing.
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

// withEndpoint are mappings whose endpoint may be left out, which otelconf does
// not let through.
var withEndpoint = map[reflect.Type]bool{
	reflect.TypeFor[otelconf.OTLPGrpcExporter]():       true,
	reflect.TypeFor[otelconf.OTLPHttpExporter]():       true,
	reflect.TypeFor[otelconf.OTLPGrpcMetricExporter](): true,
	reflect.TypeFor[otelconf.OTLPHttpMetricExporter](): true,
}

// complete writes out what the schema lets a file leave out, where otelconf
// wants it there.
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
		if withEndpoint[t] && find(node, "endpoint") == nil {
			node.Content = append(node.Content,
				&yaml.Node{Kind: yaml.ScalarNode, Value: "endpoint"}, &yaml.Node{Kind: yaml.ScalarNode})
		}
	}
}

// The errors of otelconf that name a key of the mapping they are about.
var (
	errorBound    = regexp.MustCompile(`^field ([a-z_0-9]+): (must be .*)$`)
	errorRequired = regexp.MustCompile(`^field ([a-z_0-9]+) in \S+: required$`)
)

// The errors of otelconf that list what it takes, as Go writes a slice.
var (
	errorChoices = regexp.MustCompile(`expected one of \[\]interface \{\}\{(.*?)"\}`)
	quoted       = regexp.MustCompile(`"(\w+)`)
)

// blame decodes the tree as otelconf does and, where that fails, looks for the
// smallest parts that are to blame.
func (r *reader) blame(node *yaml.Node, t reflect.Type, path string) {
	t = base(t)
	err := node.Decode(reflect.New(t).Interface())
	if err == nil || isNull(node) {
		return
	}
	before := len(r.problems)
	switch {
	case node.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for i, child := range node.Content {
			r.blame(child, t.Elem(), index(path, i))
		}
	case node.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		types := fields(t)
		for i := 0; i+1 < len(node.Content); i += 2 {
			r.blame(node.Content[i+1], types[node.Content[i].Value], join(path, node.Content[i].Value))
		}
	}
	if len(r.problems) > before {
		return
	}
	message := err.Error()
	if bound := errorBound.FindStringSubmatch(message); bound != nil {
		value := ""
		if child := find(node, bound[1]); child != nil {
			value = scalar(child)
		}
		r.reject(join(path, bound[1]), value, bound[2], "another value, or the key left out")
		return
	}
	if required := errorRequired.FindStringSubmatch(message); required != nil {
		r.reject(join(path, required[1]), "", "missing", "a value")
		return
	}
	if list := errorChoices.FindStringSubmatch(message); list != nil {
		var choices []string
		for _, choice := range quoted.FindAllStringSubmatch(list[1], -1) {
			choices = append(choices, choice[1])
		}
		r.reject(path, scalar(node), "unknown", "one of "+strings.Join(choices, ", "))
		return
	}
	// What else it says may quote what stands there, over several lines.
	r.reject(path, scalar(node), "not what OpenTelemetry's schema has there", "a value of its type")
}
