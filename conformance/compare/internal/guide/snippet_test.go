package guide

import (
	"strings"
	"testing"
)

// TestGoCodeInDocumentsIsCompiled checks that every Go block of a document occurs in a Go
// file of the repository, which the compiler and the linter check. Indentation may
// differ.
func TestGoCodeInDocumentsIsCompiled(t *testing.T) {
	var sources []string
	for _, name := range repositoryFiles(t, ".go") {
		sources = append(sources, "\n"+removeIndent(readDocument(t, name)))
	}
	shown := 0
	for _, name := range repositoryFiles(t, ".md") {
		for _, b := range codeBlocks(readDocument(t, name), "go") {
			shown++
			if !containsSnippet(sources, b.code) {
				t.Errorf("%s:%d: this Go code is in no Go file: put it into an Example, or into package snippet", name, b.line)
			}
		}
	}
	if shown < 10 {
		t.Errorf("got %d Go blocks, want those of the documents", shown)
	}
}

// containsSnippet reports whether one of the sources contains text, apart from indentation.
// The indentation of the sources must have been removed.
func containsSnippet(sources []string, text string) bool {
	for _, source := range sources {
		if strings.Contains(source, "\n"+removeIndent(text)) {
			return true
		}
	}
	return false
}

// removeIndent returns text without the tabs at the beginning of lines.
func removeIndent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, "\t"))
	}
	return b.String()
}

// TestContainsSnippet checks that containsSnippet ignores indentation, and does not accept a
// part of a line.
func TestContainsSnippet(t *testing.T) {
	sources := []string{"\n" + removeIndent("func f() {\n\tif a {\n\t\tb()\n\t}\n}\n")}
	for text, want := range map[string]bool{
		"if a {\n\tb()\n}\n": true,
		"b()\n":              true,
		"if a {\n\tc()\n}\n": false,
		"a {\n":              false,
	} {
		if got := containsSnippet(sources, text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
