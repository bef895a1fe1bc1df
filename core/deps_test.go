package core

import (
	"os/exec"
	"strings"
	"testing"
)

// TestLightPackages proves that an application that imports only an adapter
// links no SDK, no exporter and no gRPC.
func TestLightPackages(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps",
		"github.com/samespan/samespan/core/httpserver", "github.com/samespan/samespan/core/exclude",
		"github.com/samespan/samespan/core/tracetree", "github.com/samespan/samespan/internal/stdhttp").Output()
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
