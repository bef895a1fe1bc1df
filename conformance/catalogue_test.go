package conformance_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
)

var update = flag.Bool("update", false, "write CHECKS.md")

// catalogue is CHECKS.md: all checks, area by area.
func catalogue() string {
	checks := conformance.Checks()
	var b strings.Builder
	fmt.Fprintf(&b, "# The checks\n\nWhat the suite judges a subject by: %d checks. Generated from them by `go generate`; a test keeps it current.\n", len(checks))
	cell := strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;", "*", "\\*", "_", "\\_").Replace
	for _, area := range conformance.Areas() {
		fmt.Fprintf(&b, "\n## %s: %s\n\n| check | rule | source | needs |\n|---|---|---|---|\n", area.Name, area.Title)
		for i := range checks {
			c := &checks[i]
			if c.Area() != area.Name {
				continue
			}
			var needs []string
			for _, need := range c.Needs {
				needs = append(needs, string(need))
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.ID, cell(c.Rule), cell(c.Source), strings.Join(needs, ", "))
		}
	}
	return b.String()
}

func TestCatalogue(t *testing.T) {
	want := catalogue()
	if *update {
		if err := os.WriteFile("CHECKS.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("CHECKS.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("CHECKS.md is not what the checks are: run go generate in the module conformance")
	}
}

// Every check can be looked up, and belongs to an area that is named.
func TestChecks(t *testing.T) {
	areas := make(map[string]bool)
	for _, area := range conformance.Areas() {
		areas[area.Name] = true
	}
	seen := make(map[string]bool)
	for _, c := range conformance.Checks() {
		switch {
		case seen[c.ID]:
			t.Errorf("%s: there are two", c.ID)
		case !areas[c.Area()]:
			t.Errorf("%s: there is no area %q", c.ID, c.Area())
		case !strings.HasSuffix(c.Rule, ".") || c.Source == "":
			t.Errorf("%s: got rule %q and source %q, want a sentence and where it comes from", c.ID, c.Rule, c.Source)
		}
		seen[c.ID] = true
	}
}
