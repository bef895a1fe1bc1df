package configfile

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestExpandAliases(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"alias", "a: &x {b: 1}\nc: [*x, *x]", "a: {b: 1}\nc: [{b: 1}, {b: 1}]"},
		{"merge", "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", "a: {b: 1, c: 2}\nd: {c: 3, b: 1}"},
		{"merge of several", "a: &x {b: 1}\ne: &y {b: 2, c: 3}\nd: {<<: [*x, *y]}", "a: {b: 1}\ne: {b: 2, c: 3}\nd: {b: 1, c: 3}"},
		{"merge of merges", "a: &x {b: 1}\ne: &y {<<: *x, c: 2}\nd: {<<: *y}", "a: {b: 1}\ne: {c: 2, b: 1}\nd: {c: 2, b: 1}"},
		{"text", `a: {"<<": 1}`, `a: {"<<": 1}`},
	} {
		var document, want yaml.Node
		if err := yaml.Unmarshal([]byte(test.text), &document); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal([]byte(test.want), &want); err != nil {
			t.Fatal(err)
		}
		tree, err := expandAliases(document.Content[0])
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got, want := formatTree(tree), formatTree(want.Content[0]); got != want {
			t.Errorf("%s: got %s, want %s", test.name, got, want)
		}
	}
}

// formatTree formats a tree in which all aliases are expanded.
func formatTree(node *yaml.Node) string {
	if node.Kind == yaml.ScalarNode {
		return node.Value
	}
	var parts []string
	for _, child := range node.Content {
		parts = append(parts, formatTree(child))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

// TestTooManyAliasesAreAnError proves that a file whose aliases would expand to a billion
// nodes is refused.
func TestTooManyAliasesAreAnError(t *testing.T) {
	text := "a0: &a0 [x, x]\n"
	for i := range 9 {
		n, m := string(rune('0'+i)), string(rune('1'+i))
		text += "a" + m + ": &a" + m + " [" + strings.Repeat("*a"+n+", ", 10) + "]\n"
	}
	file, problems := read("otel.yaml", []byte(text), func(string) string { return "" })
	if file != nil || len(problems) != 1 || !strings.Contains(problems[0].Error(), errTooManyNodes.Error()) {
		t.Errorf("got %v, want that it is too large", problems)
	}
}
