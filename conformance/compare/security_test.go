package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
)

// TestSecurityNamesItsProofs holds SECURITY.md to what there is: each promise
// names a check or a test, and each one named exists.
func TestSecurityNamesItsProofs(t *testing.T) {
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, check := range conformance.Checks() {
		known[check.ID] = true
	}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	if err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range function.FindAllSubmatch(source, -1) {
			known[string(match[1])] = true
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}

	_, promised, _ := strings.Cut(string(text), "## What is promised")
	promised, _, _ = strings.Cut(promised, "\n## ")
	proof := regexp.MustCompile("`((?:Test|Fuzz)\\w+|[a-z]+/[a-z0-9-]+)`")
	promises := 0
	for line := range strings.Lines(promised) {
		promise, proofs, isRow := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !isRow || promise == "promise" {
			continue
		}
		promises++
		named := proof.FindAllStringSubmatch(proofs, -1)
		if len(named) == 0 {
			t.Errorf("%.60s…: names neither a check nor a test", promise)
		}
		for _, match := range named {
			if !known[match[1]] {
				t.Errorf("%.60s…: there is no %s", promise, match[1])
			}
		}
	}
	if promises < 10 {
		t.Errorf("got %d promises, want the table of them", promises)
	}
}
