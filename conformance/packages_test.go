package conformance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// packageInfo is the output of go list for a package.
type packageInfo struct {
	folder  string // absolute path
	files   []string
	imports []string // packages of this module, by their paths relative to the module
}

// packagesOfModule returns the packages of this module, by their paths relative to the
// module.
func packagesOfModule(t *testing.T) map[string]packageInfo {
	t.Helper()
	const prefix = "github.com/samespan/samespan/conformance"
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}|{{.Dir}}|{{join .GoFiles " "}}|{{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]packageInfo)
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), "|")
		info := packageInfo{folder: fields[1], files: strings.Fields(fields[2])}
		for _, path := range strings.Fields(fields[3]) {
			if own, ok := strings.CutPrefix(path, prefix); ok {
				info.imports = append(info.imports, strings.TrimPrefix(own, "/"))
			}
		}
		found[strings.TrimPrefix(strings.TrimPrefix(fields[0], prefix), "/")] = info
	}
	return found
}

// TestPackagesImportOneWay checks that each package of the suite imports only packages of a
// lower level.
func TestPackagesImportOneWay(t *testing.T) {
	const internal = "internal/"
	areaImports := []string{internal + "check", internal + "contract", internal + "probe", internal + "wire", "otlptest"}
	levels := []struct {
		path    string
		imports []string
	}{
		{"otlptest", nil}, {"otlptest/faultnet", nil}, {internal + "certificate", nil},
		{internal + "contract", nil}, {internal + "hint", nil}, {internal + "handlers", nil}, {"reference", []string{internal + "handlers"}}, {internal + "poll", nil}, {internal + "wire", nil}, {internal + "service/servicetest", nil},
		{internal + "service", []string{internal + "poll", internal + "wire", "otlptest"}},
		{internal + "probe", []string{internal + "contract", internal + "poll", internal + "service", internal + "wire", "otlptest"}},
		{internal + "check", []string{internal + "contract", internal + "probe"}},
		{internal + "check/parent", areaImports}, {internal + "check/span", areaImports}, {internal + "check/errors", areaImports}, {internal + "check/exclude", areaImports},
		{internal + "check/metric", areaImports}, {internal + "check/transparent", areaImports}, {internal + "check/trust", areaImports},
		{internal + "check/flush", append([]string{internal + "service", "otlptest/faultnet"}, areaImports...)},
		{internal + "runner", []string{internal + "check", internal + "contract", internal + "probe", internal + "service"}},
		{internal + "ask", []string{internal + "contract", internal + "probe", internal + "service", internal + "wire", "otlptest", "otlptest/faultnet"}},
		{"", []string{
			internal + "ask",
			internal + "check", internal + "check/errors", internal + "check/exclude", internal + "check/flush", internal + "check/metric", internal + "check/parent",
			internal + "check/span", internal + "check/transparent", internal + "check/trust",
			internal + "contract", internal + "hint", internal + "probe", internal + "runner", internal + "service", "otlptest",
		}},
		{internal + "backendtest", []string{"", internal + "poll", internal + "service"}},
		{internal + "catalogue", []string{""}},
		{internal + "report", []string{""}},
		{internal + "report/page", []string{""}},
		{internal + "report/reporttest", []string{"", "otlptest"}},
		{internal + "command", []string{"", internal + "report", internal + "report/page"}},
		{"cmd/samespan", []string{"", internal + "catalogue", internal + "command", internal + "report"}},
	}
	found := packagesOfModule(t)
	below := make(map[string]bool)
	for _, level := range levels {
		info, ok := found[level.path]
		if !ok {
			t.Errorf("there is no package %s", level.path)
		}
		for _, imported := range info.imports {
			if !slices.Contains(level.imports, imported) {
				t.Errorf("%q imports %s, want nothing but %v", level.path, imported, level.imports)
			}
			if !below[imported] {
				t.Errorf("%q imports %s, which is not below it", level.path, imported)
			}
		}
		below[level.path] = true
		delete(found, level.path)
	}
	for path := range found {
		t.Errorf("%s is not in the list: say what it may import", path)
	}
}

// TestPackagesHaveOneSubject checks that the files of each package use each other. Groups of
// files that do not use each other would be better as separate packages.
func TestPackagesHaveOneSubject(t *testing.T) {
	for path, info := range packagesOfModule(t) {
		if groups := groupConnectedFiles(t, info); len(groups) > 1 {
			t.Errorf("the files of %q fall into groups that use nothing of each other: %q", path, groups)
		}
	}
}

// groupConnectedFiles divides the files of a package into groups, and returns the names of
// the files in each group. Files in different groups do not use each other's declarations.
func groupConnectedFiles(t *testing.T, info packageInfo) (groups [][]string) {
	t.Helper()
	declaredIn := make(map[string]string)
	uses := make(map[string]map[string]bool)
	for _, name := range info.files {
		if name == "doc.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(info.folder, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		uses[name] = make(map[string]bool)
		for _, declaration := range file.Decls {
			for _, declared := range declaredNames(declaration) {
				declaredIn[declared] = name
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if used, ok := n.(*ast.Ident); ok {
				uses[name][used.Name] = true
			}
			return true
		})
	}
	for name := range uses {
		group := []string{name}
		for i := 0; i < len(groups); {
			if slices.ContainsFunc(groups[i], func(other string) bool { return areConnected(name, other, declaredIn, uses) }) {
				group = append(group, groups[i]...)
				groups = slices.Delete(groups, i, i+1)
				continue
			}
			i++
		}
		groups = append(groups, group)
	}
	return groups
}

// areConnected reports whether one of the two files uses a declaration of the other.
func areConnected(fileA, fileB string, declaredIn map[string]string, uses map[string]map[string]bool) bool {
	for name, file := range declaredIn {
		if file == fileA && uses[fileB][name] || file == fileB && uses[fileA][name] {
			return true
		}
	}
	return false
}

// declaredNames returns the names that a declaration declares.
func declaredNames(declaration ast.Decl) (names []string) {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		return []string{d.Name.Name}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}
