package main

import (
	"bytes"
	"flag"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var updateAPI = flag.Bool("update-api", false, "write the exported names of the published packages to testdata/api")

// TestExportedNames checks that the files in testdata/api list the exported declarations
// of every published package, so that each change of the API appears in a diff. With
// -update-api it writes these files.
func TestExportedNames(t *testing.T) {
	listed, err := exec.Command("../../.ci/published").Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(string(listed))
	var want []string
	for _, module := range modules {
		for _, folder := range packageFolders(t, module) {
			names := exportedAPI(t, folder)
			if names == "" {
				continue // a command, or a package with only tests
			}
			golden := filepath.Join("testdata", "api", strings.ReplaceAll(folder, "/", "_")+".txt")
			want = append(want, filepath.Base(golden))
			if *updateAPI {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, []byte(names), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			stored, err := os.ReadFile(golden)
			if err != nil {
				t.Errorf("%s: %v, want the file that -update-api writes", folder, err)
				continue
			}
			for _, difference := range differingLines(string(stored), names) {
				t.Errorf("%s: %s; is it meant? -update-api keeps it", folder, difference)
			}
		}
	}
	stored, err := os.ReadDir(filepath.Join("testdata", "api"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stored {
		if !slices.Contains(want, file.Name()) {
			t.Errorf("testdata/api/%s is of no package, want it removed", file.Name())
		}
	}
}

// packageFolders returns the directories of a module's importable packages, relative to the
// repository.
func packageFolders(t *testing.T, module string) (folders []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(repositoryRoot, module), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		folder, err := filepath.Rel(repositoryRoot, path)
		if err != nil {
			return err
		}
		folder = filepath.ToSlash(folder)
		if name := entry.Name(); name == "internal" || name == "testdata" || folder != module && hasModule(path) {
			return filepath.SkipDir
		}
		folders = append(folders, folder)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return folders
}

// hasModule reports whether the directory has a go.mod file.
func hasModule(path string) bool {
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

// exportedAPI returns one line for each exported declaration, method and field of a
// package, in alphabetical order. It returns "" for a command.
func exportedAPI(t *testing.T, folder string) string {
	t.Helper()
	files := token.NewFileSet()
	var parsed []*ast.File
	paths, err := filepath.Glob(filepath.Join(repositoryRoot, folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if file.Name.Name != "main" {
			parsed = append(parsed, file)
		}
	}
	if len(parsed) == 0 {
		return ""
	}
	found, err := doc.NewFromFiles(files, parsed, folder)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	add := func(declaration ast.Decl) {
		var text bytes.Buffer
		if err := printer.Fprint(&text, files, declaration); err != nil {
			t.Fatal(err)
		}
		line := text.String()
		if strings.HasPrefix(line, "const Version = ") {
			line = "const Version" // without the value, which every release changes
		}
		lines = append(lines, line)
	}
	values := func(all []*doc.Value) {
		for _, value := range all {
			add(value.Decl)
		}
	}
	functions := func(all []*doc.Func) {
		for _, function := range all {
			function.Decl.Body = nil
			add(function.Decl)
		}
	}
	values(found.Consts)
	values(found.Vars)
	functions(found.Funcs)
	for _, each := range found.Types {
		add(each.Decl)
		values(each.Consts)
		values(each.Vars)
		functions(each.Funcs)
		functions(each.Methods)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// differingLines returns the lines that occur in only one of the texts.
func differingLines(stored, current string) (all []string) {
	before, after := strings.Split(stored, "\n"), strings.Split(current, "\n")
	for _, line := range before {
		if !slices.Contains(after, line) {
			all = append(all, "gone: "+line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			all = append(all, "new: "+line)
		}
	}
	return all
}
