package guide

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// undocumentedNames returns the exported names of the package upstream that are missing in
// table, a guide's table of names. It reads every version of the package in the module cache,
// and also returns the number of versions.
func undocumentedNames(t *testing.T, cache, upstream, table string) (missing []string, versions int) {
	t.Helper()
	var named []string
	for _, row := range tableRows(table) {
		named = append(named, inlineCodeIn(row[0])...)
	}
	// The package may be in a directory of its module: otelchi/metric is a directory of the
	// module otelchi. So try the import path and all of its parents as the module's path.
	for module := upstream; module != "."; module = filepath.Dir(module) {
		folders, err := filepath.Glob(filepath.Join(cache, module+"@*", strings.TrimPrefix(upstream, module)))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			versions++
			exported, _ := exportedNamesIn(t, folder)
			for _, name := range exported {
				if !slices.Contains(named, name) {
					missing = append(missing, fmt.Sprintf("%s: %s", strings.TrimPrefix(folder, cache+"/"), name))
				}
			}
		}
	}
	return missing, versions
}

// namesTable is the heading of a guide's table of names.
const namesTable = "## Options and other names"

// TestGuidesListExportsOfEveryVersion checks that a guide has every name that any
// version of its upstream package in the module cache exports. It fails after an update to
// a version with new names.
func TestGuidesListExportsOfEveryVersion(t *testing.T) {
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	documents := make(map[string][]string)
	for _, g := range guides {
		documents[g.document] = []string{g.upstream}
	}
	for _, g := range routerGuides {
		documents[g.document] = g.upstream
	}
	for document, upstreams := range documents {
		for _, upstream := range upstreams {
			missing, versions := undocumentedNames(t, strings.TrimSpace(string(out)), upstream, sectionText(readDocument(t, document), namesTable))
			for _, name := range missing {
				t.Errorf("%s has no row for %s", document, name)
			}
			if versions == 0 {
				t.Errorf("the module cache has no version of %s, want the one of the build", upstream)
			}
		}
	}
}

// TestUndocumentedNamesFindsMissingName proves that undocumentedNames finds a name that is
// missing in the table.
func TestUndocumentedNamesFindsMissingName(t *testing.T) {
	cache := t.TempDir()
	for version, source := range map[string]string{
		"v0.1.0": "package otelx\nfunc Middleware() {}\n",
		"v0.2.0": "package otelx\nfunc Middleware() {}\nfunc WithFilter() {}\nfunc (o option) Method() {}\ntype option struct{}\n",
	} {
		folder := filepath.Join(cache, "example.com/otelx@"+version)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "x.go"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	table := "\n| otelx | ours |\n|---|---|\n| `Middleware` | `Middleware` |\n"
	missing, versions := undocumentedNames(t, cache, "example.com/otelx", table)
	if want := []string{"example.com/otelx@v0.2.0: WithFilter"}; versions != 2 || !slices.Equal(missing, want) {
		t.Errorf("got %q of %d versions, want %q of 2", missing, versions, want)
	}
}

// TestGuidesGiveReplacementOrReason checks that a guide gives a replacement for every
// name of the upstream package, or the reason why there is none.
func TestGuidesGiveReplacementOrReason(t *testing.T) {
	documents := []string{"nethttpotel/FROM-OTELMUX.md", "nethttpotel/FROM-OTELCHI.md"}
	for _, g := range guides {
		documents = append(documents, g.document)
	}
	for _, g := range unavailablePackages {
		documents = append(documents, g.document)
	}
	for _, document := range documents {
		for _, row := range tableRows(sectionText(readDocument(t, document), namesTable)) {
			if reason, none := strings.CutPrefix(row[1], "no counterpart"); row[1] == "" || none && len(strings.TrimPrefix(reason, ": ")) < len("not ours") {
				t.Errorf("%s: %s: got %q, want what takes its place, or why nothing does", document, row[0], row[1])
			}
		}
	}
}
