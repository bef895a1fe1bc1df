package guide

import (
	"go/parser"
	"go/token"
	"log/slog"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core"
)

var (
	// majorVersion matches the last element of an import path with a major version, such as
	// v2.
	majorVersion = regexp.MustCompile(`^v\d+$`)
	// packageQualifier matches the package name before an exported name.
	packageQualifier = regexp.MustCompile(`\b([a-z][a-z0-9]*)\.[A-Z]`)
	// headingPattern matches the heading of a section.
	headingPattern = regexp.MustCompile(`(?m)^## .+$`)
	// recipeLink matches a link to a file in conformance/recipes.
	recipeLink = regexp.MustCompile(`\(\.\./(conformance/recipes/\w+\.go)\)`)
)

// importsOf returns a Go file's imports by the names that the code uses. It omits packages
// that users of this project need not install: the standard library, this project, and
// OpenTelemetry's API.
func importsOf(t *testing.T, name string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(repositoryRoot, name), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		domain, _, _ := strings.Cut(imported, "/")
		if !strings.Contains(domain, ".") || strings.HasPrefix(imported, "github.com/samespan/") || strings.HasPrefix(imported, "go.opentelemetry.io/otel/") {
			continue
		}
		lastElement := path.Base(imported)
		if majorVersion.MatchString(lastElement) {
			lastElement = path.Base(path.Dir(imported))
		}
		if spec.Name != nil {
			lastElement = spec.Name.Name
		}
		found[lastElement] = imported
	}
	return found
}

// TestSurroundingsNameTheirImports checks that each section of SURROUNDINGS.md with Go
// code names the packages that the code imports, so that readers can install them. The
// section must link to the whole file, or follow a section that does.
func TestSurroundingsNameTheirImports(t *testing.T) {
	const document = "core/SURROUNDINGS.md"
	page := readDocument(t, document)
	var imports map[string]string
	named := 0
	for _, h := range headingPattern.FindAllString(page, -1) {
		text := sectionText(page, h)
		for _, link := range recipeLink.FindAllStringSubmatch(text, 1) {
			imports = importsOf(t, link[1])
		}
		for _, b := range codeBlocks(text, "go") {
			for _, match := range packageQualifier.FindAllStringSubmatch(b.code, -1) {
				imported, external := imports[match[1]]
				if !external {
					continue
				}
				named++
				if !slices.ContainsFunc(inlineCodeIn(withoutCode(text)), func(s string) bool { return strings.HasPrefix(imported+"/", s+"/") }) {
					t.Errorf("%s, %s: the code uses %s, but the text does not name `%s`", document, h, match[1], imported)
				}
			}
		}
	}
	if named < 20 {
		t.Errorf("got %d uses of imported packages, want those of every logger, database and client", named)
	}
}

// TestStopTimeoutsFitGracePeriods checks that the stop timeouts and grace periods in
// SURROUNDINGS.md fit each other, for platforms other than Kubernetes.
func TestStopTimeoutsFitGracePeriods(t *testing.T) {
	t.Setenv("OTEL_GO_GRACE_PERIOD", "")
	tel, err := core.Setup(t.Context(), core.WithoutGlobals(), core.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	defer shutdownNow(t, tel)
	match := regexp.MustCompile(`\bgrace period (\w+),`).FindStringSubmatch(tel.String())
	if match == nil {
		t.Fatalf("got no grace period in the effective configuration:\n%s", tel)
	}
	grace, err := time.ParseDuration(match[1])
	if err != nil {
		t.Fatal(err)
	}
	page := readDocument(t, "core/SURROUNDINGS.md")
	for _, test := range []struct {
		heading, expression string
		unit                time.Duration
		fits                func(time.Duration) bool
		want                string
	}{
		{"## Docker", `--stop-timeout (\d+)`, time.Second, func(d time.Duration) bool { return d > grace }, "more than the grace period"},
		{"## Docker", `OTEL_GO_GRACE_PERIOD=(\d+)`, time.Millisecond, func(d time.Duration) bool { return d < 10*time.Second }, "less than Docker's 10 s"},
		{"## systemd", `TimeoutStopSec=(\d+)`, time.Second, func(d time.Duration) bool { return d > grace }, "more than the grace period"},
		{"## systemd", `grace period of (\d+) s`, time.Second, func(d time.Duration) bool { return d == grace }, "the grace period"},
		{"## fx", `fx\.StopTimeout\((\d+)\*time\.Second\)`, time.Second, func(d time.Duration) bool { return d > grace }, "more than the grace period"},
	} {
		match := regexp.MustCompile(test.expression).FindStringSubmatch(sectionText(page, test.heading))
		if match == nil {
			t.Errorf("%s: got no %s", test.heading, test.expression)
			continue
		}
		n, err := strconv.Atoi(match[1])
		if err != nil {
			t.Fatal(err)
		}
		if got := time.Duration(n) * test.unit; !test.fits(got) {
			t.Errorf("%s: got %s for %s, want %s, %v", test.heading, got, test.expression, test.want, grace)
		}
	}
}
