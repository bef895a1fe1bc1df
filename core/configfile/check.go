package configfile

import (
	"math"
	"reflect"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	"go.yaml.in/yaml/v3"
)

// checkKeysAndTypes reports unknown keys and values of the wrong type.
func (r *fileReader) checkKeysAndTypes(node *yaml.Node, t reflect.Type, path string) {
	if isNull(node) {
		return
	}
	switch t = indirectType(t); t.Kind() {
	case reflect.Struct:
		r.checkKeys(node, fieldTypes(t), path)
	case reflect.Map:
		if t != reflect.TypeFor[otelconf.Distribution]() { // distribution may have any keys: vendors define them
			r.checkKeys(node, nil, path)
		}
	case reflect.Slice:
		if node.Kind != yaml.SequenceNode {
			want := "a list"
			if element := indirectType(t.Elem()); element.Kind() == reflect.Struct {
				want += " of mappings with any of the keys " + strings.Join(sortedKeys(fieldTypes(element)), ", ")
			}
			r.reject(path, scalarText(node), "not a list", want)
			return
		}
		if len(node.Content) == 0 && strings.HasSuffix(path, ".included") {
			// The schema does not allow it. It could mean all attributes or none.
			r.reject(path, "", "empty", "a pattern, or remove the key to include all attributes")
		}
		for i, child := range node.Content {
			if isNull(child) {
				// otelconf's parser drops a null element and thereby shifts the elements after it.
				r.reject(appendIndex(path, i), "", "empty list element", "a value, or remove the element")
				continue
			}
			r.checkKeysAndTypes(child, t.Elem(), appendIndex(path, i))
		}
	case reflect.Interface:
	default:
		r.checkScalar(node, t, path)
	}
}

// checkKeys reports keys of a mapping that are missing in types, and keys that occur twice.
// It checks the values of all other keys.
func (r *fileReader) checkKeys(node *yaml.Node, types map[string]reflect.Type, path string) {
	validKeys := sortedKeys(types)
	if node.Kind != yaml.MappingNode {
		want := "no value"
		if len(validKeys) > 0 {
			want = "a mapping with any of the keys " + strings.Join(validKeys, ", ")
		}
		r.reject(path, scalarText(node), "not a mapping", want)
		return
	}
	usedKeys := make(map[string]bool)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i].Value, node.Content[i+1]
		t, ok := types[key]
		switch keyPath := joinPath(path, key); {
		case usedKeys[key]:
			r.reject(keyPath, "", "duplicate key", "only one")
		case ok:
			r.checkKeysAndTypes(value, t, keyPath)
		case strings.HasSuffix(key, "/development"):
			r.reject(keyPath, "", "experimental part of the schema, not supported", "the key removed")
		case len(validKeys) == 0:
			r.reject(keyPath, "", "unknown", "no keys here")
		default:
			r.reject(keyPath, "", "unknown", "one of "+strings.Join(validKeys, ", "))
		}
		usedKeys[key] = true
	}
}

// checkScalar records an error unless node is a single value that can be decoded into t.
func (r *fileReader) checkScalar(node *yaml.Node, t reflect.Type, path string) {
	want := map[reflect.Kind]string{
		reflect.String: "a string", reflect.Int: "a whole number", reflect.Float64: "a number", reflect.Bool: "true or false",
	}[t.Kind()]
	if node.Kind != yaml.ScalarNode {
		r.reject(path, "", "not a single value", want)
		return
	}
	if t.Kind() == reflect.String {
		return // any scalar can be converted to a string
	}
	if node.Decode(reflect.New(t).Interface()) != nil || t.Kind() == reflect.Int && !hasWholeNumbers(node) {
		r.reject(path, scalarText(node), "wrong type", want)
	}
}

// hasWholeNumbers reports whether node is a whole number, or a list of whole numbers. The
// parser drops fractions: a timeout of 0.5 would become 0, which means no limit.
func hasWholeNumbers(node *yaml.Node) bool {
	if node.Kind == yaml.SequenceNode {
		return !slices.ContainsFunc(node.Content, func(element *yaml.Node) bool { return !hasWholeNumbers(element) })
	}
	var number float64
	return node.Decode(&number) == nil && number == math.Trunc(number)
}
