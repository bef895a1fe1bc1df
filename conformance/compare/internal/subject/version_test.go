package subject

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/compare/internal/repository"
)

// repositoryRoot is the path of the repository.
const repositoryRoot = "../../../.."

// TestRequiredVersionsMatchGoMod checks that requiredVersions are the versions in go.mod.
func TestRequiredVersionsMatchGoMod(t *testing.T) {
	gomod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for module, version := range requiredVersions {
		if want := "\t" + module + " " + version + "\n"; !strings.Contains(string(gomod), want) {
			t.Errorf("go.mod does not require %s %s: change version.go", module, version)
		}
	}
}

func TestEverySubjectHasItsVersions(t *testing.T) {
	for _, s := range Compared() {
		if version := strings.TrimLeft(s.Version, "vgo"); !strings.Contains(version, ".") {
			t.Errorf("%s: got version %q of %s", s.Name, s.Version, s.Framework)
		}
		if version := strings.TrimLeft(s.InstrumentationVersion, "v"); !strings.Contains(version, ".") {
			t.Errorf("%s: got version %q of the instrumentation", s.Name, s.InstrumentationVersion)
		}
	}
}

// TestNoCodeUsesVersionOfOtherModules checks that no code uses the name
// Version of another module's package. That name may be a constant in one release and a
// function in the next, so an update would break the code.
func TestNoCodeUsesVersionOfOtherModules(t *testing.T) {
	files, err := repository.Files(repositoryRoot, ".go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(repositoryRoot, file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range versionUses(parsed) {
			t.Errorf("%s refers to %s: read the version from the build, with versionOf", file, name)
		}
	}
	const old = `package subject

import (
	"runtime"

	"github.com/samespan/samespan/ginotel"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	echo5 "github.com/labstack/echo/v5"
)

var all = []string{runtime.Version(), ginotel.Version, otelgin.Version(), echo5.Version}
`
	parsed, err := parser.ParseFile(token.NewFileSet(), "old.go", old, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(versionUses(parsed)), "[otelgin.Version echo5.Version]"; got != want {
		t.Errorf("got %s in a file that refers to two, want %s", got, want)
	}
}

// versionUses returns the names Version and SemVersion of other modules' packages that
// the file uses.
func versionUses(file *ast.File) (found []string) {
	others := make(map[string]bool)
	for _, each := range file.Imports {
		path, err := strconv.Unquote(each.Path.Value)
		host, _, _ := strings.Cut(path, "/")
		if err != nil || !strings.Contains(host, ".") || strings.HasPrefix(path, "github.com/samespan/") ||
			path == "go.opentelemetry.io/otel/exporters/otlp/otlptrace" { // this module is stable, so its API does not change
			continue
		}
		elements := strings.Split(path, "/")
		name := elements[len(elements)-1]
		if regexp.MustCompile(`^v\d+$`).MatchString(name) {
			name = elements[len(elements)-2]
		}
		if each.Name != nil {
			name = each.Name.Name
		}
		others[name] = true
	}
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if packageName, ok := selector.X.(*ast.Ident); ok && others[packageName.Name] && slices.Contains([]string{"Version", "SemVersion"}, selector.Sel.Name) {
			found = append(found, packageName.Name+"."+selector.Sel.Name)
		}
		return true
	})
	return found
}

// TestCompilesIfVersionIsConstantOrFunction checks that the comparison still compiles if
// an instrumentation's Version changes from a constant to a function or back.
func TestCompilesIfVersionIsConstantOrFunction(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the other instrumentations again")
	}
	folder := t.TempDir()
	work, err := os.ReadFile(filepath.Join(repositoryRoot, "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	absolute, err := filepath.Abs(repositoryRoot)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(work), "\t./", "\t"+absolute+"/")
	turned := make(map[bool]int)
	for module := range requiredVersions {
		if !strings.Contains(module, "/instrumentation/") {
			continue
		}
		to := filepath.Join(folder, filepath.Base(module))
		constant := swapVersionForm(t, strings.TrimSpace(runGo(t, "list", "-m", "-f", "{{.Dir}}", module)), to)
		turned[constant]++
		text += fmt.Sprintf("\nreplace %s => %s\n", module, to)
	}
	if turned[true] == 0 || turned[false] == 0 {
		t.Errorf("got %d constants and %d functions, want some of both", turned[true], turned[false])
	}
	sums, err := os.ReadFile(filepath.Join(repositoryRoot, "go.work.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"go.work": text, "go.work.sum": string(sums)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOWORK", filepath.Join(folder, "go.work"))
	runGo(t, "build", "github.com/samespan/samespan/conformance/compare/internal/...")
}

// swapVersionForm copies a module. In the copy, Version is a constant if it is a function
// in the original, and a function if it is a constant. It reports whether Version is a
// constant in the copy.
func swapVersionForm(t *testing.T, from, to string) (constant bool) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(to, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	text := make(map[string]string)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text[file] = string(content)
		constant = constant || strings.Contains(text[file], "\nfunc Version() string {")
	}
	definition, use, other := regexp.MustCompile(`const Version = ("[^"]+")`), regexp.MustCompile(`\bVersion\b`), "Version()"
	if constant {
		definition, use, other = regexp.MustCompile(`func Version\(\) string \{[^}]*return ("[^"]+")[^}]*\}`), regexp.MustCompile(`\bVersion\(\)`), "Version"
	}
	found := false
	for file, content := range text {
		value := definition.FindStringSubmatch(content)
		content = use.ReplaceAllString(definition.ReplaceAllString(content, ""), other)
		if value != nil {
			found = true
			if constant {
				content += "\nconst Version = " + value[1] + "\n"
			} else {
				content += "\nfunc Version() string { return " + value[1] + " }\n"
			}
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("%s: there is no Version", from)
	}
	return constant
}

// runGo runs the go command and returns its output.
func runGo(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
