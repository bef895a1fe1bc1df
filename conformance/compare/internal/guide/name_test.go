package guide

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// packageDirectories maps the package names that the documents use to the packages'
// directories.
var packageDirectories = map[string][]string{
	"core": {"core"}, "configfile": {"core/configfile"}, "exclude": {"core/exclude"}, "httpserver": {"core/httpserver"},
	"ginotel": {"ginotel"}, "echootel": {"echootel", "echootel/echo5"}, "fiberotel": {"fiberotel", "fiberotel/fiber3"},
	"nethttpotel": {"nethttpotel"}, "contrib": {"ginotel/contrib", "echootel/contrib", "fiberotel/contrib", "nethttpotel/contrib"},
	"conformance": {"conformance"}, "otlptest": {"conformance/otlptest"},
}

var (
	// qualifiedName matches an exported name after its package, such as core.Setup.
	qualifiedName = regexp.MustCompile(`\b([a-z]\w*)\.([A-Z]\w*)`)
	// optionName matches an option that is named without its package.
	optionName = regexp.MustCompile(`^With[A-Z]\w*`)
)

// TestDocumentsUseExistingNames checks that every exported name of this project in inline
// code of a document exists. A name after "tel." must be a method of *core.Telemetry.
func TestDocumentsUseExistingNames(t *testing.T) {
	known, options := make(map[string][]string), []string(nil)
	for name, directories := range packageDirectories {
		for _, directory := range directories {
			exported, methods := exportedNamesIn(t, filepath.Join(repositoryRoot, directory))
			known[name] = append(known[name], exported...)
			options = append(options, exported...)
			if name == "core" {
				known["tel"] = methods["Telemetry"]
			}
		}
	}
	for _, guide := range guides {
		options = append(options, append(exportedNames(t, guide.upstream), guide.otherVersionNames...)...)
	}
	for _, guide := range routerGuides {
		for _, upstream := range guide.upstream {
			options = append(options, exportedNames(t, upstream)...)
		}
		options = append(options, guide.otherVersionNames...)
	}
	for _, guide := range unavailablePackages {
		options = append(options, guide.names...)
	}
	options = append(options,
		"WithInsecure",                                             // an option of the official exporters
		"WithIgnoreRequest", "WithResourceNamer", "WithHeaderTags", // options of dd-trace-go's middlewares
	)
	seen := 0
	for _, document := range repositoryFiles(t, ".md") {
		for _, code := range inlineCodeIn(withoutCode(readDocument(t, document))) {
			for _, match := range qualifiedName.FindAllStringSubmatch(code, -1) {
				if names, ok := known[match[1]]; ok {
					seen++
					if !slices.Contains(names, match[2]) {
						t.Errorf("%s: there is no %s", document, match[0])
					}
				}
			}
			if option := optionName.FindString(code); option != "" && !slices.Contains(options, option) {
				t.Errorf("%s: there is no option %s", document, option)
			}
		}
	}
	if seen < 100 {
		t.Errorf("got %d names, want those of the documents", seen)
	}
}

// exportedNamesIn returns the exported names of the package in the directory, and the
// methods of each type.
func exportedNamesIn(t *testing.T, directory string) (names []string, methods map[string][]string) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	methods = make(map[string][]string)
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(directory, entry.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, exportedNamesInFile(file)...)
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv != nil {
				receiver := f.Recv.List[0].Type
				if pointer, ok := receiver.(*ast.StarExpr); ok {
					receiver = pointer.X
				}
				if name, ok := receiver.(*ast.Ident); ok {
					methods[name.Name] = append(methods[name.Name], f.Name.Name)
				}
			}
		}
	}
	if len(names) == 0 {
		t.Fatalf("%s exports nothing", directory)
	}
	return names, methods
}

// exportedNamesInFile returns the exported names of a file, without methods.
func exportedNamesInFile(file *ast.File) []string {
	var names []string
	add := func(name *ast.Ident) {
		if name.IsExported() {
			names = append(names, name.Name)
		}
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					add(s.Name)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						add(name)
					}
				}
			}
		}
	}
	return names
}
