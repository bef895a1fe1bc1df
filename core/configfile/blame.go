package configfile

import (
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// These patterns match errors of otelconf that name a key of the decoded mapping. The key
// is the first submatch.
var (
	outOfBoundsPattern = regexp.MustCompile(`^field ([a-z_0-9]+): (must be .*)$`)
	requiredPattern    = regexp.MustCompile(`^field ([a-z_0-9]+) in \S+: required$`)
)

// choicesPattern matches an error of otelconf that lists the valid values, formatted as a
// Go slice. quotedWordPattern matches one value of that list.
var (
	choicesPattern    = regexp.MustCompile(`expected one of \[\]interface \{\}\{(.*?)"\}`)
	quotedWordPattern = regexp.MustCompile(`"(\w+)`)
)

// reportDecodeErrors decodes the tree like otelconf. If that fails, it records an error for
// each of the smallest parts of the tree that cannot be decoded.
func (r *fileReader) reportDecodeErrors(node *yaml.Node, t reflect.Type, path string) {
	t = indirectType(t)
	err := node.Decode(reflect.New(t).Interface())
	if err == nil || isNull(node) {
		return
	}
	problemsBefore := len(r.errs)
	switch {
	case node.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for i, child := range node.Content {
			r.reportDecodeErrors(child, t.Elem(), appendIndex(path, i))
		}
	case node.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		types := fieldTypes(t)
		for i := 0; i+1 < len(node.Content); i += 2 {
			r.reportDecodeErrors(node.Content[i+1], types[node.Content[i].Value], joinPath(path, node.Content[i].Value))
		}
	}
	if len(r.errs) > problemsBefore {
		return
	}
	message := err.Error()
	if match := outOfBoundsPattern.FindStringSubmatch(message); match != nil {
		value := ""
		if child := findNode(node, match[1]); child != nil {
			value = scalarText(child)
		}
		r.reject(joinPath(path, match[1]), value, "out of range", "a value "+strings.TrimPrefix(match[2], "must be ")+", or remove the key")
		return
	}
	if required := requiredPattern.FindStringSubmatch(message); required != nil {
		r.reject(joinPath(path, required[1]), "", "missing", "a value")
		return
	}
	if match := choicesPattern.FindStringSubmatch(message); match != nil {
		var choices []string
		for _, choice := range quotedWordPattern.FindAllStringSubmatch(match[1], -1) {
			choices = append(choices, choice[1])
		}
		r.reject(path, scalarText(node), "unknown", "one of "+strings.Join(choices, ", "))
		return
	}
	// The text of any other error is not shown: it may have several lines, and may contain
	// the whole value.
	r.reject(path, scalarText(node), "does not match OpenTelemetry's configuration schema", "a value of the type that the schema defines")
}
