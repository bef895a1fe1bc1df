package conformance_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
)

var update = flag.Bool("update", false, "write CHECKS.md")

// renderCatalogue returns the content that CHECKS.md must have: all checks, by area.
func renderCatalogue() string {
	checks := conformance.Checks()
	var b strings.Builder
	fmt.Fprintf(&b, "# The checks\n\nThe conformance suite has %d checks. `go generate` writes this page from the source code of the checks, and a test keeps it current.\n\n"+
		"Each check tests one rule. The *source* says where the rule comes from. The \"FastAPI guide\" is the public guide to OpenTelemetry in FastAPI from which this project started.\n\n"+
		"There are two levels. A *requirement* is a MUST or a SHOULD of a specification. A service passes with every behaviour that the specification allows. A *choice* is what users expect, or what this project chose to check. "+
		"If the source of a choice names a specification, it also says what that specification leaves open.\n\n"+
		"The last column names the *capabilities* that a check needs. A capability is a feature that a service has or does not have, such as exclusion. The check is not applicable to a service without it. `samespan list --capabilities` says what each capability means. [The contract](CONTRACT.md#capabilities) specifies what the service must do for it.\n", len(checks))
	cell := strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;", "*", "\\*", "_", "\\_").Replace
	for _, area := range conformance.Areas() {
		fmt.Fprintf(&b, "\n## %s: %s\n\n| check | rule | source | level | needs |\n|---|---|---|---|---|\n", area.Name, area.Title)
		for i := range checks {
			c := &checks[i]
			if c.Area() != area.Name {
				continue
			}
			var needs []string
			for _, need := range c.Needs {
				needs = append(needs, string(need))
			}
			fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s | %s |\n", c.ID, headingFragment(c), cell(c.Rule), cell(c.Source), c.Level, strings.Join(needs, ", "))
		}
	}
	b.WriteString("\n## If a check fails\n\nThis section says what to look at first, in the instrumentation or in the set-up of the service.\n")
	for i := range checks {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", checks[i].ID, strings.NewReplacer("<", "&lt;", "*", "\\*", "_", "\\_").Replace(checks[i].Hint))
	}
	return b.String()
}

// headingFragment returns the fragment that links to the section of the check in
// CHECKS.md.
func headingFragment(c *conformance.Check) string {
	_, found, _ := strings.Cut(c.Help, "#")
	return found
}

func TestCatalogueIsCurrent(t *testing.T) {
	want := renderCatalogue()
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

// TestChecksAreDocumented checks that every check is documented and belongs to a known area.
func TestChecksAreDocumented(t *testing.T) {
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
		case c.Level != conformance.Requirement && c.Level != conformance.Choice:
			t.Errorf("%s: got level %q, want requirement or choice", c.ID, c.Level)
		case !strings.HasSuffix(c.Hint, ".") || headingFragment(&c) == "":
			t.Errorf("%s: got the hint %q and the help %q, want a sentence and a heading of CHECKS.md", c.ID, c.Hint, c.Help)
		case c.Level == conformance.Requirement && !citesSpecification(c.Source):
			t.Errorf("%s: got a requirement whose source is %q, want a specification", c.ID, c.Source)
		case c.Level == conformance.Choice && unqualifiedCitation(c.Source) != "":
			t.Errorf("%s: got a choice that cites %q as if that required it, want how much it leaves open", c.ID, unqualifiedCitation(c.Source))
		}
		seen[c.ID] = true
	}
}

// citesSpecification reports whether source, which is the field Source of a check, cites a
// specification.
func citesSpecification(source string) bool {
	for _, name := range []string{"W3C ", "RFC ", "semantic conventions", "OpenTelemetry specification", "OpenTelemetry declarative configuration", "OTLP specification"} {
		if strings.Contains(source, name) {
			return true
		}
	}
	return false
}

// unqualifiedCitation returns the first part of source that cites a specification, but does
// not say what the specification leaves open. It returns "" if there is no such part. source
// is the field Source of a check, whose parts are separated by semicolons.
func unqualifiedCitation(source string) string {
	limits := regexp.MustCompile(`, (which|whose) | do not |leaves|requires only|takes precedence`)
	for part := range strings.SplitSeq(source, "; ") {
		if citesSpecification(part) && !limits.MatchString(part) {
			return part
		}
	}
	return ""
}

// TestUnqualifiedCitation checks that unqualifiedCitation finds a citation that reads as if
// the specification required the rule. The first case was once the Source of the check
// trust/client-address.
func TestUnqualifiedCitation(t *testing.T) {
	for source, want := range map[string]string{
		"HTTP semantic conventions v1.43, setting server.address and client.address; RFC 7239, section 8.1; users of today's packages": "HTTP semantic conventions v1.43, setting server.address and client.address",
		"users; RFC 7239, section 8.1": "RFC 7239, section 8.1",
		"users; RFC 7239, section 8.1, which warns of it; the HTTP semantic conventions do not say": "",
		"FastAPI guide": "",
	} {
		if got := unqualifiedCitation(source); got != want {
			t.Errorf("%s: got %q that says too much, want %q", source, got, want)
		}
	}
	if i := slices.IndexFunc(conformance.Checks(), func(c conformance.Check) bool { return c.ID == "trust/client-address" }); conformance.Checks()[i].Level != conformance.Choice {
		t.Errorf("got trust/client-address as a %s, want a choice: no specification names the proxies to trust", conformance.Checks()[i].Level)
	}
}
