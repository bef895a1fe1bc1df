package configfile_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImportsNoInternals proves that this module and core can have different
// versions: it imports no internal packages.
func TestImportsNoInternals(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.Lines(string(out)) {
		if strings.Contains(path, "samespan/") && strings.Contains(path, "/internal/") {
			t.Errorf("imports %s", strings.TrimSpace(path))
		}
	}
}
