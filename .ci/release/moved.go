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

// existing is an application with older versions of what a module of this
// repository requires, to which that module is added.
type existing struct {
	// adds is the folder of the package to add, and module the folder of its
	// module.
	adds, module string
	// has are the modules that it requires, and imports the packages that it
	// imports.
	has, imports []string
	// keeps is set if none of has may be upgraded.
	keeps bool
	// says are the documents with the table of upgraded versions.
	says []string
}

// api are the modules of OpenTelemetry's API at their minimum versions.
var api = []string{
	"go.opentelemetry.io/otel@v1.45.0", "go.opentelemetry.io/otel/metric@v1.45.0", "go.opentelemetry.io/otel/trace@v1.45.0",
}

// applications are one for each adapter and one for the suite.
var applications = []existing{
	adapterFor("ginotel", "github.com/gin-gonic/gin", "v1.9.1"),
	adapterFor("echootel", "github.com/labstack/echo/v4", "v4.12.0"),
	adapterFor("echootel/echo5", "github.com/labstack/echo/v5", "v5.3.1"),
	adapterFor("fiberotel", "github.com/gofiber/fiber/v2", "v2.52.4"),
	adapterFor("fiberotel/fiber3", "github.com/gofiber/fiber/v3", "v3.0.0"),
	adapterFor("nethttpotel", "", ""),
	{
		adds: "conformance/otlptest", module: "conformance",
		has: []string{
			"go.opentelemetry.io/otel@v1.24.0", "go.opentelemetry.io/proto/otlp@v1.1.0",
			"google.golang.org/grpc@v1.61.1", "google.golang.org/protobuf@v1.32.0",
		},
		imports: []string{
			"go.opentelemetry.io/otel", "go.opentelemetry.io/proto/otlp/trace/v1", "google.golang.org/grpc", "google.golang.org/protobuf/proto",
		},
		says: []string{"conformance/README.md", "conformance/compare/internal/comparison/page.tmpl"},
	},
}

func adapterFor(dir, framework, version string) existing {
	a := existing{
		adds: dir, module: dir, keeps: true, has: api,
		imports: []string{"go.opentelemetry.io/otel", "go.opentelemetry.io/otel/metric", "go.opentelemetry.io/otel/trace"},
		says:    []string{dir + "/README.md"},
	}
	if framework != "" {
		a.has = append([]string{framework + "@" + version}, api...)
		a.imports = append([]string{framework}, a.imports...)
	}
	return a
}

// moved rehearses a release in a copy of the repository, and adds it to
// applications with older versions.
func moved(ctx context.Context, out io.Writer, here repository, write bool) (err error) {
	work, err := os.MkdirTemp("", "samespan-moved-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	c, err := rehearse(ctx, here, work)
	if err != nil {
		return err
	}
	return c.moves(ctx, out, here, write)
}

// moves builds each application before and after the addition, and an empty one
// with the addition, with the oldest Go. The documents must have the resulting
// table, or are updated.
func (c consumer) moves(ctx context.Context, out io.Writer, here repository, write bool) error {
	c.env = append(slices.Clone(c.env), "GOTOOLCHAIN=go"+oldestGo)
	var failed []error
	for _, a := range applications {
		table, err := c.add(ctx, a)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", a.adds, err))
			continue
		}
		fmt.Fprintf(out, "\n%s\n%s", a.adds, table)
		for _, file := range a.says {
			if err := hold(here.file(file), movedBegins, movedEnds, table, write); err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", file, err))
			}
		}
	}
	return errors.Join(failed...)
}

// add returns the table for one application.
func (c consumer) add(ctx context.Context, a existing) (string, error) {
	m, err := c.module(root + "/" + a.module)
	if err != nil {
		return "", err
	}
	get := root + "/" + a.adds
	name := strings.ReplaceAll(a.adds, "/", "-")
	if _, _, err := c.builds(ctx, "empty-"+name, nil, []string{root + "/" + a.adds}, get); err != nil {
		return "", fmt.Errorf("in an empty module: %w", err)
	}
	before, _, err := c.builds(ctx, "before-"+name, a.has, a.imports)
	if err != nil {
		return "", err
	}
	after, packages, err := c.builds(ctx, "after-"+name, a.has, append([]string{root + "/" + a.adds}, a.imports...), get)
	if err != nil {
		return "", err
	}
	if a.keeps {
		for _, has := range a.has {
			path, version, _ := strings.Cut(has, "@")
			if after[path] != version {
				return "", fmt.Errorf("got %s %s, want %s, which the application had", path, after[path], version)
			}
		}
		if found := heavy.FindString(packages); found != "" {
			return "", fmt.Errorf("it links %s, want the API of OpenTelemetry alone", found)
		}
	}
	return movedTable(a.has, before, after, m.mod.Go.Version), nil
}

// heavy matches packages that no adapter may depend on.
var heavy = regexp.MustCompile(`(?m)^(go\.opentelemetry\.io/otel/(sdk|exporters)|google\.golang\.org/grpc)(/.*)?$`)

// builds creates a module with the requirements, imports the packages, gets the
// others, and builds it. It returns the versions of the linked modules, and all
// packages.
func (c consumer) builds(ctx context.Context, name string, has, imports []string, get ...string) (map[string]string, string, error) {
	dir, err := c.folder(name)
	if err != nil {
		return nil, "", err
	}
	source := "package main\n\nimport (\n"
	for _, path := range imports {
		source += fmt.Sprintf("\t_ %q\n", path)
	}
	source += ")\n\nfunc main() {}\n"
	for file, content := range map[string]string{"go.mod": "module service\n\ngo 1.25.0\n", "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			return nil, "", err
		}
	}
	steps := [][]string{append([]string{"get"}, has...), append([]string{"get"}, get...), {"mod", "tidy"}, {"build", "-o", "service", "."}}
	for _, args := range steps {
		if slices.Equal(args, []string{"get"}) {
			continue
		}
		if _, err := c.run(ctx, dir, args...); err != nil {
			return nil, "", err
		}
	}
	modules, err := c.run(ctx, dir, "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", ".")
	if err != nil {
		return nil, "", err
	}
	versions := make(map[string]string)
	for line := range strings.Lines(modules) {
		if path, version, found := strings.Cut(strings.TrimSpace(line), " "); found {
			versions[path] = version
		}
	}
	packages, err := c.run(ctx, dir, "list", "-deps", ".")
	return versions, packages, err
}

const (
	movedBegins = "<!-- moved: written by `make goget-readme` -->\n"
	movedEnds   = "<!-- moved: ends -->\n"
)

// movedTable returns the table for the documents.
func movedTable(has []string, before, after map[string]string, language string) string {
	var b strings.Builder
	var names []string
	for _, path := range has {
		if !strings.HasPrefix(path, "go.opentelemetry.io/otel/") {
			names = append(names, "`"+strings.Replace(path, "@", "` ", 1))
		}
	}
	fmt.Fprintf(&b, "Go %s or newer. An application with %s, built with Go %s by `make moved`, before and after it gets this module. A row is a module with code in the build that moved or is new.\n\n", strings.TrimSuffix(language, ".0"), strings.Join(names, ", "), oldestGo)
	b.WriteString("| module | before | after |\n|---|---|---|\n")
	for _, path := range slices.Sorted(maps.Keys(after)) {
		was, had := before[path]
		switch now := after[path]; {
		case strings.HasPrefix(path, root+"/"):
			fmt.Fprintf(&b, "| `%s` | | new |\n", strings.TrimPrefix(path, root+"/"))
		case !had:
			fmt.Fprintf(&b, "| `%s` | | %s |\n", path, now)
		case was != now:
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", path, was, now)
		}
	}
	return b.String()
}

// hold checks that the file has the text between two lines, or writes it.
func hold(file, begins, ends, text string, write bool) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	said, changed, err := replaceSection(content, begins, ends, text)
	switch {
	case err != nil:
		return err
	case write:
		return os.WriteFile(file, changed, 0o600)
	case said != text:
		return fmt.Errorf("it does not say what moved: run make goget-readme; it says\n%s", said)
	}
	return nil
}
