package configfile

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// referencePattern matches a possible reference to a variable. validReferencePattern
// matches a valid reference, the specification's SUBSTITUTION-REF, with its parts as
// submatches.
var (
	referencePattern      = regexp.MustCompile(`\$\{[^}]*\}`)
	validReferencePattern = regexp.MustCompile(`^\$\{(?:env:)?([a-zA-Z_][a-zA-Z0-9_]*)(?::-([^\n}]*))?\}$`)
)

// substitute replaces the references to variables in the values of a tree. It works on
// values rather than on the file's text, so that the value of a variable can neither add
// keys nor be cut off at a comment sign.
//
// https://opentelemetry.io/docs/specs/otel/configuration/data-model/#environment-variable-substitution
func (r *fileReader) substitute(node *yaml.Node, path string) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			r.substitute(node.Content[i+1], joinPath(path, node.Content[i].Value))
		}
	case yaml.SequenceNode:
		for i, child := range node.Content {
			r.substitute(child, appendIndex(path, i))
		}
	case yaml.ScalarNode:
		if !strings.Contains(node.Value, "$") {
			return
		}
		value, bad := expandVariables(node.Value, r.getenv)
		if bad != "" {
			r.reject(path, bad, "not a valid reference to a variable", "${NAME}, ${env:NAME} or ${NAME:-default}; write $${ for a literal ${")
			return
		}
		if value == node.Value {
			return
		}
		node.Value = value
		if node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) == 0 {
			node.Tag = "" // may be a number or null after the substitution
		}
	}
}

// expandVariables returns text with its references replaced. If a reference is invalid,
// it returns the first invalid reference in bad. $$ is an escaped dollar sign.
func expandVariables(text string, getenv func(string) string) (expanded, bad string) {
	parts := strings.Split(text, "$$")
	for i, part := range parts {
		parts[i] = referencePattern.ReplaceAllStringFunc(part, func(match string) string {
			groups := validReferencePattern.FindStringSubmatch(match)
			if groups == nil {
				if bad == "" {
					bad = match
				}
				return match
			}
			if value := getenv(groups[1]); value != "" {
				return value
			}
			return groups[2]
		})
	}
	return strings.Join(parts, "$"), bad
}
