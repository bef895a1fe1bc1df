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
	folder  string
	files   []string
	imports []string
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
	const rooms = "internal/"
	area := []string{rooms + "check", rooms + "contract", rooms + "probe", rooms + "wire", "otlptest"}
	floors := []struct {
		room    string
		imports []string
	}{
		{"otlptest", nil}, {"otlptest/faultnet", nil}, {rooms + "certificate", nil},
		{rooms + "contract", nil}, {rooms + "hint", nil}, {rooms + "handlers", nil}, {"reference", []string{rooms + "handlers"}}, {rooms + "poll", nil}, {rooms + "wire", nil}, {rooms + "service/servicetest", nil},
		{rooms + "service", []string{rooms + "poll", rooms + "wire", "otlptest"}},
		{rooms + "probe", []string{rooms + "contract", rooms + "poll", rooms + "service", rooms + "wire", "otlptest"}},
		{rooms + "check", []string{rooms + "contract", rooms + "probe"}},
		{rooms + "check/parent", area}, {rooms + "check/span", area}, {rooms + "check/errors", area}, {rooms + "check/exclude", area},
		{rooms + "check/metric", area}, {rooms + "check/transparent", area}, {rooms + "check/trust", area},
		{rooms + "check/flush", append([]string{rooms + "service", "otlptest/faultnet"}, area...)},
		{rooms + "runner", []string{rooms + "check", rooms + "contract", rooms + "probe", rooms + "service"}},
		{rooms + "ask", []string{rooms + "contract", rooms + "probe", rooms + "service", rooms + "wire", "otlptest", "otlptest/faultnet"}},
		{"", []string{
			rooms + "ask",
			rooms + "check", rooms + "check/errors", rooms + "check/exclude", rooms + "check/flush", rooms + "check/metric", rooms + "check/parent",
			rooms + "check/span", rooms + "check/transparent", rooms + "check/trust",
			rooms + "contract", rooms + "hint", rooms + "probe", rooms + "runner", rooms + "service", "otlptest",
		}},
		{rooms + "backendtest", []string{"", rooms + "poll", rooms + "service"}},
		{rooms + "catalogue", []string{""}},
		{rooms + "report", []string{""}},
		{rooms + "report/page", []string{""}},
		{rooms + "report/reporttest", []string{"", "otlptest"}},
		{rooms + "command", []string{"", rooms + "report", rooms + "report/page"}},
		{"cmd/samespan", []string{"", rooms + "catalogue", rooms + "command", rooms + "report"}},
	}
	found := packagesOfModule(t)
	below := make(map[string]bool)
	for _, floor := range floors {
		info, ok := found[floor.room]
		if !ok {
			t.Errorf("there is no package %s", floor.room)
		}
		for _, path := range info.imports {
			if !slices.Contains(floor.imports, path) {
				t.Errorf("%q imports %s, want nothing but %v", floor.room, path, floor.imports)
			}
			if !below[path] {
				t.Errorf("%q imports %s, which is not below it", floor.room, path)
			}
		}
		below[floor.room] = true
		delete(found, floor.room)
	}
	for room := range found {
		t.Errorf("%s is not in the drawing: say what it may import", room)
	}
}

// TestPackagesHaveOneSubject checks that the files of each package use each other. Groups of
// files that do not use each other would be better as separate packages.
func TestPackagesHaveOneSubject(t *testing.T) {
	for room, info := range packagesOfModule(t) {
		if groups := groupConnectedFiles(t, info); len(groups) > 1 {
			t.Errorf("the files of %q fall into groups that use nothing of each other: %q", room, groups)
		}
	}
}

// groupConnectedFiles divides the files of a package into groups. Files in different
// groups do not use each other's declarations.
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
