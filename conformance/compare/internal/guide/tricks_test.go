package guide

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// tricksFile is the document with the table of optimizations.
const tricksFile = "conformance/compare/internal/bench/TRICKS.md"

// benchmarkPattern matches the name of a benchmark and the file that contains it.
var benchmarkPattern = regexp.MustCompile("`(Benchmark[A-Za-z]+)` in \\[[^]]+\\]\\(([^)]+)\\)")

// TestTricksHaveBenchmarks checks that the benchmark of each optimization exists in the
// file that its row names.
func TestTricksHaveBenchmarks(t *testing.T) {
	stay := tableRows(sectionText(readDocument(t, tricksFile), "## What stays"))
	if len(stay) < 10 {
		t.Fatalf("got %d tricks in %s, want all", len(stay), tricksFile)
	}
	for _, row := range stay {
		found := benchmarkPattern.FindStringSubmatch(row[len(row)-1])
		if found == nil {
			t.Errorf("%s: got %q, want a benchmark and its file", row[0], row[len(row)-1])
			continue
		}
		file := path.Join(path.Dir(tricksFile), found[2])
		if !strings.Contains(readDocument(t, file), "func "+found[1]+"(b *testing.B)") {
			t.Errorf("%s: %s has no %s", row[0], file, found[1])
		}
	}
}

// TestTricksHaveFallbackTests checks that the tests listed in section "Without them"
// exist. Each of them tests the code without an optimization.
func TestTricksHaveFallbackTests(t *testing.T) {
	var tests strings.Builder
	for _, file := range repositoryFiles(t, "_test.go") {
		tests.WriteString(readDocument(t, file))
	}
	for _, row := range tableRows(sectionText(readDocument(t, tricksFile), "## Without them")) {
		for _, name := range inlineCodeIn(row[len(row)-1]) {
			if !strings.Contains(tests.String(), "func "+name+"(t *testing.T)") {
				t.Errorf("%s: there is no %s", row[0], name)
			}
		}
	}
}
