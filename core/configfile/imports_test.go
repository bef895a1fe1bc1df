package configfile_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImportsNoInternals proves that this module imports no internal packages of core, so
// that the two modules can have different versions.
func TestImportsNoInternals(t *testing.T) {
	output, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.Lines(string(output)) {
		if strings.Contains(path, "samespan/") && strings.Contains(path, "/internal/") {
			t.Errorf("imports %s", strings.TrimSpace(path))
		}
	}
}
