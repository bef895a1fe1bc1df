package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/repository"
)

// TestSecurityNamesExistingTests checks that each guarantee in SECURITY.md names a
// check or a test, and that each of these exists.
func TestSecurityNamesExistingTests(t *testing.T) {
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	known, err := repository.Tests(repositoryRoot)
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range conformance.Checks() {
		known[check.ID] = true
	}

	_, guaranteed, _ := strings.Cut(string(text), "## What is guaranteed")
	guaranteed, _, _ = strings.Cut(guaranteed, "\n## ")
	proof := regexp.MustCompile("`((?:Test|Fuzz)\\w+|[a-z]+/[a-z0-9-]+)`")
	guarantees := 0
	for line := range strings.Lines(guaranteed) {
		guarantee, proofs, isRow := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !isRow || guarantee == "guarantee" {
			continue
		}
		guarantees++
		named := proof.FindAllStringSubmatch(proofs, -1)
		if len(named) == 0 {
			t.Errorf("%.60s…: names neither a check nor a test", guarantee)
		}
		for _, match := range named {
			if !known[match[1]] {
				t.Errorf("%.60s…: there is no %s", guarantee, match[1])
			}
		}
	}
	if guarantees < 10 {
		t.Errorf("got %d guarantees, want the table of them", guarantees)
	}
}
