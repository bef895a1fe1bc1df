package core

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestLightPackages proves that an application that imports only an adapter
// links no SDK, no exporter and no gRPC.
func TestLightPackages(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps",
		"github.com/samespan/samespan/core/httpserver", "github.com/samespan/samespan/core/exclude",
		"github.com/samespan/samespan/internal/tracetree", "github.com/samespan/samespan/internal/stdhttp").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSpace(path)
		for _, heavy := range []string{
			"go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/otel/exporters", "go.opentelemetry.io/contrib",
			"go.opentelemetry.io/proto", "google.golang.org/grpc", "google.golang.org/protobuf",
		} {
			if path == heavy || strings.HasPrefix(path, heavy+"/") {
				t.Errorf("depends on %s", path)
			}
		}
		if path == "github.com/samespan/samespan/core" {
			t.Error("depends on core itself")
		}
	}
}

// TestRoomsImportOneWay checks what each internal package may import from this
// repository: only packages on a lower level.
func TestRoomsImportOneWay(t *testing.T) {
	const prefix, rooms = "github.com/samespan/samespan/", "core/internal/"
	floors := []struct {
		room    string
		imports []string
	}{
		{"envtest", nil}, {"hedge", nil}, {"plural", nil}, {"registry", nil}, {"sanitize", nil}, {"selflog", nil}, {"spanwire", nil},
		{"sampling", []string{"internal/contextvalue"}},
		{"exporterror", []string{rooms + "plural", rooms + "sanitize"}},
		{"timelimit", []string{rooms + "exporterror"}},
		{"task", []string{rooms + "plural", rooms + "timelimit"}},
		{"settings", []string{"core/declared", rooms + "registry", rooms + "sanitize", "internal/env"}},
		{"account", []string{rooms + "exporterror", rooms + "selflog"}},
		{"otlp", []string{
			rooms + "account", "core/declared", rooms + "exporterror", rooms + "hedge", rooms + "sanitize", rooms + "settings", rooms + "spanwire",
		}},
		{"pipeline", []string{
			rooms + "account", rooms + "exporterror", rooms + "hedge", rooms + "sampling", rooms + "sanitize", rooms + "selflog", rooms + "settings",
		}},
		{"serving", []string{rooms + "exporterror", rooms + "pipeline", rooms + "timelimit", "internal/stdhttp"}},
		{"console", []string{rooms + "pipeline", rooms + "sampling", rooms + "sanitize", rooms + "settings", "internal/tracetree"}},
		{"providers", []string{
			rooms + "account", rooms + "console", rooms + "otlp", rooms + "pipeline", rooms + "registry", rooms + "sampling", rooms + "sanitize", rooms + "selflog", rooms + "settings",
		}},
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./internal/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string][]string)
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		var imports []string
		for _, path := range fields[1:] {
			if own, ok := strings.CutPrefix(path, prefix); ok {
				imports = append(imports, own)
			}
		}
		found[strings.TrimPrefix(fields[0], prefix+rooms)] = imports
	}
	below := make(map[string]bool)
	for _, floor := range floors {
		imports, ok := found[floor.room]
		if !ok {
			t.Errorf("there is no package %s", floor.room)
		}
		for _, path := range imports {
			if !slices.Contains(floor.imports, path) {
				t.Errorf("%s imports %s, want nothing but %v", floor.room, path, floor.imports)
			}
			if room, own := strings.CutPrefix(path, rooms); own && !below[room] {
				t.Errorf("%s imports %s, which is not below it", floor.room, path)
			}
		}
		below[floor.room] = true
		delete(found, floor.room)
	}
	for room := range found {
		t.Errorf("%s is not in the drawing: say what it may import", room)
	}
}
