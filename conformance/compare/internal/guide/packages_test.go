package guide

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var updateDiagrams = flag.Bool("update-diagrams", false, "draw the diagrams of packages in CONTRIBUTING.md anew")

const (
	// diagramsBegin and diagramsEnd are the lines before and after the diagrams in
	// CONTRIBUTING.md.
	diagramsBegin = "<!-- diagrams: written by `go test ./conformance/compare/internal/guide -run Packages -update-diagrams` -->\n"
	diagramsEnd   = "<!-- diagrams: end -->\n"
)

// imports maps each package of the repository to the repository's packages that it imports.
// The paths are relative to the repository.
type imports map[string][]string

// diagrams are the diagrams of CONTRIBUTING.md. A package belongs to the first diagram
// with a matching prefix.
var diagrams = []struct {
	title    string
	prefixes []string
}{
	{"The engine, which the adapters share", []string{"core/httpserver", "core/exclude", "core/suppress", "internal"}},
	{"The lifecycle", []string{"core"}},
	{"The adapters", []string{"ginotel", "echootel", "fiberotel", "nethttpotel"}},
	{"The suite", []string{"conformance"}},
}

// isInDirectory reports whether the package name is in directory or in a directory below it.
// Both are paths relative to the repository.
func isInDirectory(name, directory string) bool {
	return name == directory || strings.HasPrefix(name, directory+"/")
}

// TestPackagesMatchDiagrams checks that the diagrams have exactly the packages of the
// repository, and an arrow for each import.
func TestPackagesMatchDiagrams(t *testing.T) {
	const document = "CONTRIBUTING.md"
	actual := packageImports(t)
	text := readDocument(t, document)
	before, remaining, hasBegin := strings.Cut(text, diagramsBegin)
	drawn, after, hasEnd := strings.Cut(remaining, diagramsEnd)
	if !hasBegin || !hasEnd {
		t.Fatalf("%s has no section between %q and %q", document, diagramsBegin, diagramsEnd)
	}
	for name := range actual {
		if !slices.ContainsFunc(diagrams, func(d struct {
			title    string
			prefixes []string
		}) bool {
			return slices.ContainsFunc(d.prefixes, func(prefix string) bool { return isInDirectory(name, prefix) })
		}) {
			t.Errorf("%s belongs to no diagram: add its prefix to diagrams", name)
		}
	}
	want := drawDiagrams(actual)
	if *updateDiagrams {
		if err := os.WriteFile(filepath.Join(repositoryRoot, document), []byte(before+diagramsBegin+want+diagramsEnd+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	problems := compareImports(parseDiagrams(drawn), actual)
	for _, problem := range problems {
		t.Error(problem)
	}
	if len(problems) > 0 || drawn != want {
		t.Errorf("%s: the diagrams differ from the code. If the code is right: go test ./conformance/compare/internal/guide -run Packages -update-diagrams", document)
	}
}

// packageImports returns the imports of all packages in the workspace's modules, except
// those of conformance/compare.
func packageImports(t *testing.T) imports {
	t.Helper()
	const prefix = "github.com/samespan/samespan/"
	modules, err := exec.Command("go", "list", "-m", "-f", "{{.Path}}/...").Output()
	if err != nil {
		t.Fatalf("go list -m: %v", err)
	}
	list := append([]string{"list", "-f", `{{if .GoFiles}}{{.ImportPath}}{{range .Imports}} {{.}}{{end}}{{end}}`}, strings.Fields(string(modules))...)
	packages, err := exec.Command("go", list...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := make(imports)
	for line := range strings.Lines(string(packages)) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		name, isOurs := strings.CutPrefix(fields[0], prefix)
		if !isOurs || isInDirectory(name, "conformance/compare") {
			continue
		}
		found[name] = nil
		for _, path := range fields[1:] {
			if imported, isOurs := strings.CutPrefix(path, prefix); isOurs {
				found[name] = append(found[name], imported)
			}
		}
	}
	return found
}

// dependencies returns all packages that name depends on.
func (i imports) dependencies(name string) map[string]bool {
	reached := make(map[string]bool)
	var follow func(string)
	follow = func(name string) {
		for _, imported := range i[name] {
			if !reached[imported] {
				reached[imported] = true
				follow(imported)
			}
		}
	}
	follow(name)
	return reached
}

// nonRedundantImports returns the imports of the package name. It omits an import if another
// import of the package depends on it.
func (i imports) nonRedundantImports(name string) []string {
	followed := make(map[string]bool)
	for _, imported := range i[name] {
		maps.Copy(followed, i.dependencies(imported))
	}
	var direct []string
	for _, imported := range i[name] {
		if !followed[imported] {
			direct = append(direct, imported)
		}
	}
	slices.Sort(direct)
	return direct
}

// drawDiagrams returns the diagrams: a line for each package, with arrows to its imports.
func drawDiagrams(actual imports) string {
	var b strings.Builder
	remaining := slices.Sorted(maps.Keys(actual))
	for _, diagram := range diagrams {
		fmt.Fprintf(&b, "\n**%s**\n\n```mermaid\nflowchart LR\n", diagram.title)
		remaining = slices.DeleteFunc(remaining, func(name string) bool {
			if !slices.ContainsFunc(diagram.prefixes, func(prefix string) bool { return isInDirectory(name, prefix) }) {
				return false
			}
			b.WriteString("  " + name)
			if direct := actual.nonRedundantImports(name); len(direct) > 0 {
				b.WriteString(" --> " + strings.Join(direct, " & "))
			}
			b.WriteString("\n")
			return true
		})
		b.WriteString("```\n")
	}
	b.WriteString("\n")
	return b.String()
}

// parseDiagrams returns the imports that the diagrams in a document show. The diagrams have
// the format of drawDiagrams.
func parseDiagrams(document string) imports {
	drawn := make(imports)
	for _, b := range codeBlocks(document, "mermaid") {
		for line := range strings.Lines(b.code) {
			if !strings.HasPrefix(line, "  ") {
				continue
			}
			name, arrows, _ := strings.Cut(strings.TrimSpace(line), " --> ")
			drawn[name] = nil
			if arrows != "" {
				drawn[name] = strings.Split(arrows, " & ")
			}
		}
	}
	return drawn
}

// compareImports returns the differences between the diagrams and the code.
func compareImports(drawn, actual imports) []string {
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(actual)) {
		if _, ok := drawn[name]; !ok {
			problems = append(problems, name+" is in no diagram")
			continue
		}
		allowed := drawn.dependencies(name)
		for _, imported := range actual[name] {
			if !allowed[imported] {
				problems = append(problems, name+" imports "+imported+", to which no arrow leads")
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(drawn)) {
		imported, ok := actual[name]
		if !ok {
			problems = append(problems, "there is no package "+name)
			continue
		}
		for _, arrow := range drawn[name] {
			if !slices.Contains(imported, arrow) {
				problems = append(problems, name+" does not import "+arrow+", to which an arrow leads")
			}
		}
	}
	return problems
}

func TestCompareImportsFindsDifferences(t *testing.T) {
	actual := imports{"core": {"core/a", "core/b"}, "core/a": {"core/b"}, "core/b": nil}
	drawn := parseDiagrams(drawDiagrams(actual))
	if want := (imports{"core": {"core/a"}, "core/a": {"core/b"}, "core/b": nil}); !maps.EqualFunc(drawn, want, slices.Equal) {
		t.Errorf("got %v drawn, want %v: an arrow that follows from others is left out", drawn, want)
	}
	if problems := compareImports(drawn, actual); len(problems) > 0 {
		t.Errorf("got %q of what was just drawn", problems)
	}
	for name, test := range map[string]struct {
		changed imports
		want    string
	}{
		"appears":      {imports{"core": {"core/a", "core/b"}, "core/a": {"core/b"}, "core/b": nil, "core/c": nil}, "core/c is in no diagram"},
		"vanishes":     {imports{"core": {"core/a"}, "core/a": nil}, "there is no package core/b"},
		"against them": {imports{"core": {"core/a", "core/b"}, "core/a": nil, "core/b": {"core/a"}}, "core/b imports core/a, to which no arrow leads"},
		"no longer":    {imports{"core": {"core/a", "core/b"}, "core/a": nil, "core/b": nil}, "core/a does not import core/b, to which an arrow leads"},
	} {
		if problems := compareImports(drawn, test.changed); !slices.Contains(problems, test.want) {
			t.Errorf("%s: got %q, want %q", name, problems, test.want)
		}
	}
}
