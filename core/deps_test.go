package core

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestAdaptersLinkNoSDK proves that an application that imports only an adapter
// links no SDK, no exporter and no gRPC.
func TestAdaptersLinkNoSDK(t *testing.T) {
	output, err := exec.Command("go", "list", "-deps",
		"github.com/samespan/samespan/core/httpserver", "github.com/samespan/samespan/core/exclude",
		"github.com/samespan/samespan/internal/tracetree", "github.com/samespan/samespan/internal/stdhttp").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.Lines(string(output)) {
		path = strings.TrimSpace(path)
		for _, dependency := range []string{
			"go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/otel/exporters", "go.opentelemetry.io/contrib",
			"go.opentelemetry.io/proto", "google.golang.org/grpc", "google.golang.org/protobuf",
		} {
			if path == dependency || strings.HasPrefix(path, dependency+"/") {
				t.Errorf("depends on %s", path)
			}
		}
		if path == "github.com/samespan/samespan/core" {
			t.Error("depends on core itself")
		}
	}
}

// TestInternalPackagesImportOneWay proves that each package below core/internal
// imports only the packages of this repository that are listed for it. Packages
// below core/internal are in dependency order: each imports only those that come
// before it in the list.
func TestInternalPackagesImportOneWay(t *testing.T) {
	const prefix, internal = "github.com/samespan/samespan/", "core/internal/"
	packages := []struct {
		name    string
		imports []string
	}{
		{"envtest", nil}, {"hedge", nil}, {"plural", nil}, {"registry", nil}, {"sanitize", nil}, {"selflog", nil}, {"spanwire", nil},
		{"sampling", []string{"internal/contextvalue"}},
		{"exporterror", []string{internal + "plural", internal + "sanitize"}},
		{"timelimit", []string{internal + "exporterror"}},
		{"task", []string{internal + "plural", internal + "timelimit"}},
		{"settings", []string{"core/declared", internal + "registry", internal + "sanitize", "internal/env"}},
		{"account", []string{internal + "exporterror", internal + "selflog"}},
		{"otlp", []string{
			internal + "account", "core/declared", internal + "exporterror", internal + "hedge", internal + "sanitize", internal + "settings", internal + "spanwire",
		}},
		{"pipeline", []string{
			internal + "account", internal + "exporterror", internal + "hedge", internal + "sampling", internal + "sanitize", internal + "selflog", internal + "settings", "core/suppress",
		}},
		{"serving", []string{internal + "exporterror", internal + "pipeline", internal + "timelimit", "internal/stdhttp"}},
		{"console", []string{internal + "pipeline", internal + "sampling", internal + "sanitize", internal + "settings", "internal/tracetree"}},
		{"providers", []string{
			internal + "account", internal + "console", internal + "otlp", internal + "pipeline", internal + "registry", internal + "sampling", internal + "sanitize", internal + "selflog", internal + "settings",
		}},
	}
	output, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./internal/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string][]string)
	for line := range strings.Lines(string(output)) {
		fields := strings.Fields(line)
		var imports []string
		for _, path := range fields[1:] {
			if local, ok := strings.CutPrefix(path, prefix); ok {
				imports = append(imports, local)
			}
		}
		found[strings.TrimPrefix(fields[0], prefix+internal)] = imports
	}
	lowerLevels := make(map[string]bool)
	for _, pkg := range packages {
		imports, ok := found[pkg.name]
		if !ok {
			t.Errorf("there is no package %s", pkg.name)
		}
		for _, path := range imports {
			if !slices.Contains(pkg.imports, path) {
				t.Errorf("%s imports %s, want nothing but %v", pkg.name, path, pkg.imports)
			}
			if imported, isInternal := strings.CutPrefix(path, internal); isInternal && !lowerLevels[imported] {
				t.Errorf("%s imports %s, which is not below it", pkg.name, path)
			}
		}
		lowerLevels[pkg.name] = true
		delete(found, pkg.name)
	}
	for name := range found {
		t.Errorf("%s is not in the list: add it with the packages that it may import", name)
	}
}
