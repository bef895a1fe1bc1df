package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func readme(t *testing.T) string {
	t.Helper()
	document, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

// TestReadmeShowsTheQuickStarts keeps the README's programs the ones that are
// built here.
func TestReadmeShowsTheQuickStarts(t *testing.T) {
	document := readme(t)
	programs, err := filepath.Glob("quickstart/*/main.go")
	if err != nil || len(programs) != 6 {
		t.Fatalf("got quick starts %v, %v; want one for each framework", programs, err)
	}
	for _, name := range programs {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, program, found := strings.Cut(string(source), "\npackage main\n")
		if !found || !strings.Contains(document, "```go\npackage main\n"+strings.TrimRight(program, "\n")+"\n```") {
			t.Errorf("the README does not show %s as it is", name)
		}
	}
}
