package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// oldestGo is the oldest Go release that the adapters support.
const oldestGo = "1.25.5"

// targetApplication is an application to which a module of this repository is added. Some
// of its direct or indirect dependencies are older than the module requires.
type targetApplication struct {
	// addedPackage is the directory of the package to add, and addedModule the directory
	// of its module.
	addedPackage, addedModule string
	// requirements are the modules that the application requires, and importedPackages the
	// packages that it imports.
	requirements, importedPackages []string
	// mustKeepVersions is set if adding the module must not upgrade the modules in
	// requirements.
	mustKeepVersions bool
	// documents are the documents that contain the table of upgraded versions.
	documents []string
}

// apiModules are the modules of OpenTelemetry's API at the minimum versions that the
// adapters require.
var apiModules = []string{
	"go.opentelemetry.io/otel@v1.45.0", "go.opentelemetry.io/otel/metric@v1.45.0", "go.opentelemetry.io/otel/trace@v1.45.0",
}

// applications are the tested applications: one for each adapter and one for the suite.
var applications = []targetApplication{
	applicationForAdapter("ginotel", "github.com/gin-gonic/gin", "v1.9.1"),
	applicationForAdapter("echootel", "github.com/labstack/echo/v4", "v4.12.0"),
	applicationForAdapter("echootel/echo5", "github.com/labstack/echo/v5", "v5.3.1"),
	applicationForAdapter("fiberotel", "github.com/gofiber/fiber/v2", "v2.52.4"),
	applicationForAdapter("fiberotel/fiber3", "github.com/gofiber/fiber/v3", "v3.0.0"),
	applicationForAdapter("nethttpotel", "", ""),
	{
		addedPackage: "conformance/otlptest", addedModule: "conformance",
		requirements: []string{
			"go.opentelemetry.io/otel@v1.24.0", "go.opentelemetry.io/proto/otlp@v1.1.0",
			"google.golang.org/grpc@v1.61.1", "google.golang.org/protobuf@v1.32.0",
		},
		importedPackages: []string{
			"go.opentelemetry.io/otel", "go.opentelemetry.io/proto/otlp/trace/v1", "google.golang.org/grpc", "google.golang.org/protobuf/proto",
		},
		documents: []string{"conformance/README.md", "conformance/compare/internal/comparison/page.tmpl"},
	},
}

// applicationForAdapter returns an application that uses a framework at the given version,
// and to which the adapter in dir is to be added. framework is the framework's module path,
// or "" for net/http.
func applicationForAdapter(dir, framework, version string) targetApplication {
	a := targetApplication{
		addedPackage: dir, addedModule: dir, mustKeepVersions: true, requirements: apiModules,
		importedPackages: []string{"go.opentelemetry.io/otel", "go.opentelemetry.io/otel/metric", "go.opentelemetry.io/otel/trace"},
		documents:        []string{dir + "/README.md"},
	}
	if framework != "" {
		a.requirements = append([]string{framework + "@" + version}, apiModules...)
		a.importedPackages = append([]string{framework}, a.importedPackages...)
	}
	return a
}

// rehearseUpgrades rehearses a release in a copy of the repository, adds the modules of
// the release to applications with old dependencies, and checks or writes the tables of the
// dependencies that the go command upgrades.
func rehearseUpgrades(ctx context.Context, out io.Writer, checkout repository, write bool) (err error) {
	work, err := os.MkdirTemp("", "samespan-moved-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	c, err := rehearseRelease(ctx, checkout, work)
	if err != nil {
		return err
	}
	return c.checkUpgrades(ctx, out, checkout, write)
}

// checkUpgrades finds out which dependencies of an application are upgraded when the module
// is added: it builds each application before and after that, with the oldest Go. It also
// adds the module to an empty application. The documents have tables of these upgrades,
// which checkUpgrades compares with the result, or writes if write is set.
func (c consumer) checkUpgrades(ctx context.Context, out io.Writer, checkout repository, write bool) error {
	c.env = append(slices.Clone(c.env), "GOTOOLCHAIN=go"+oldestGo)
	var failed []error
	for _, a := range applications {
		table, err := c.addToApplication(ctx, a)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", a.addedPackage, err))
			continue
		}
		fmt.Fprintf(out, "\n%s\n%s", a.addedPackage, table)
		for _, file := range a.documents {
			if err := checkOrWriteSection(checkout.file(file), versionTableBegin, versionTableEnd, table, write); err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", file, err))
			}
		}
	}
	return errors.Join(failed...)
}

// addToApplication adds a.addedPackage to the application a, and returns the table of the
// versions that this changes.
func (c consumer) addToApplication(ctx context.Context, a targetApplication) (string, error) {
	m, err := c.module(modulePrefix + "/" + a.addedModule)
	if err != nil {
		return "", err
	}
	get := modulePrefix + "/" + a.addedPackage
	name := strings.ReplaceAll(a.addedPackage, "/", "-")
	if _, _, err := c.buildApplication(ctx, "empty-"+name, nil, []string{modulePrefix + "/" + a.addedPackage}, get); err != nil {
		return "", fmt.Errorf("in an empty module: %w", err)
	}
	before, _, err := c.buildApplication(ctx, "before-"+name, a.requirements, a.importedPackages)
	if err != nil {
		return "", err
	}
	after, packages, err := c.buildApplication(ctx, "after-"+name, a.requirements, append([]string{modulePrefix + "/" + a.addedPackage}, a.importedPackages...), get)
	if err != nil {
		return "", err
	}
	if a.mustKeepVersions {
		for _, required := range a.requirements {
			path, version, _ := strings.Cut(required, "@")
			if after[path] != version {
				return "", fmt.Errorf("got %s %s, want %s, the version that the application required before", path, after[path], version)
			}
		}
		if found := forbiddenPackagePattern.FindString(packages); found != "" {
			return "", fmt.Errorf("the module links %s, want no package of OpenTelemetry other than its API", found)
		}
	}
	return versionTable(a.requirements, before, after, m.mod.Go.Version), nil
}

// forbiddenPackagePattern matches packages that no adapter may depend on.
var forbiddenPackagePattern = regexp.MustCompile(`(?m)^(go\.opentelemetry\.io/otel/(sdk|exporters)|google\.golang\.org/grpc)(/.*)?$`)

// buildApplication creates and builds an application in the directory name. The application
// has the given requirements and imports importedPackages. If get is not empty,
// buildApplication runs go get with these arguments before the build. It returns the
// versions of the linked modules, and the paths of all packages that the application
// depends on, one per line.
func (c consumer) buildApplication(ctx context.Context, name string, requirements, importedPackages []string, get ...string) (map[string]string, string, error) {
	dir, err := c.makeDir(name)
	if err != nil {
		return nil, "", err
	}
	source := "package main\n\nimport (\n"
	for _, path := range importedPackages {
		source += fmt.Sprintf("\t_ %q\n", path)
	}
	source += ")\n\nfunc main() {}\n"
	for file, content := range map[string]string{"go.mod": "module service\n\ngo 1.25.0\n", "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			return nil, "", err
		}
	}
	steps := [][]string{append([]string{"get"}, requirements...), append([]string{"get"}, get...), {"mod", "tidy"}, {"build", "-o", "service", "."}}
	for _, args := range steps {
		if slices.Equal(args, []string{"get"}) {
			continue
		}
		if _, err := c.runGo(ctx, dir, args...); err != nil {
			return nil, "", err
		}
	}
	modules, err := c.runGo(ctx, dir, "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", ".")
	if err != nil {
		return nil, "", err
	}
	versions := make(map[string]string)
	for line := range strings.Lines(modules) {
		if path, version, found := strings.Cut(strings.TrimSpace(line), " "); found {
			versions[path] = version
		}
	}
	packages, err := c.runGo(ctx, dir, "list", "-deps", ".")
	return versions, packages, err
}

// The lines before and after a table of versions in a document.
const (
	versionTableBegin = "<!-- moved: written by `make goget-readme` -->\n"
	versionTableEnd   = "<!-- moved: ends -->\n"
)

// versionTable returns the table that shows which versions change when a module is added to
// an application with the given requirements. before maps each module that the application
// linked without the added module to its version. after does the same for the application
// with the added module. goVersion is the Go version that the added module needs.
func versionTable(requirements []string, before, after map[string]string, goVersion string) string {
	var b strings.Builder
	var names []string
	for _, path := range requirements {
		if !strings.HasPrefix(path, "go.opentelemetry.io/otel/") {
			names = append(names, "`"+strings.Replace(path, "@", "` ", 1))
		}
	}
	fmt.Fprintf(&b, "Requires Go %s or newer. The table lists the modules that this module adds or upgrades in an application with %s. The names of this project's modules are without `github.com/samespan/samespan/`. `make moved` checks the table with Go %s.\n\n", strings.TrimSuffix(goVersion, ".0"), strings.Join(names, ", "), oldestGo)
	b.WriteString("| module | before | after |\n|---|---|---|\n")
	for _, path := range slices.Sorted(maps.Keys(after)) {
		oldVersion, wasLinked := before[path]
		switch newVersion := after[path]; {
		case strings.HasPrefix(path, modulePrefix+"/"):
			fmt.Fprintf(&b, "| `%s` | | new |\n", strings.TrimPrefix(path, modulePrefix+"/"))
		case !wasLinked:
			fmt.Fprintf(&b, "| `%s` | | %s |\n", path, newVersion)
		case oldVersion != newVersion:
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", path, oldVersion, newVersion)
		}
	}
	return b.String()
}

// checkOrWriteSection compares the section between two lines of the file with text and
// returns an error if they differ. If write is set, it replaces the section with text.
func checkOrWriteSection(file, beginLine, endLine, text string, write bool) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	documented, changed, err := replaceSection(content, beginLine, endLine, text)
	switch {
	case err != nil:
		return err
	case write:
		return os.WriteFile(file, changed, 0o600)
	case documented != text:
		return fmt.Errorf("the table of upgraded modules is out of date: run make goget-readme; the document has\n%s", documented)
	}
	return nil
}
