package subjects_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestFastAPIIsPinned checks that requirements.txt pins the version of every package.
func TestFastAPIIsPinned(t *testing.T) {
	pinned := 0
	for line := range strings.Lines(readFile(t, "fastapi/requirements.txt")) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pinned++
		if !regexp.MustCompile(`^[a-z0-9-]+==\d[0-9a-z.]*(\.\*)?$`).MatchString(line) {
			t.Errorf("requirements.txt: got %q, want a package and its version, name==1.2.3", line)
		}
	}
	if pinned == 0 {
		t.Error("requirements.txt has no package")
	}
}

// TestFastAPIDeclaresExistingCapabilities checks that judge.sh, which runs the suite on
// the service, declares only existing capabilities.
func TestFastAPIDeclaresExistingCapabilities(t *testing.T) {
	have := regexp.MustCompile(`--have (\S+)`).FindStringSubmatch(readFile(t, "fastapi/judge.sh"))
	if have == nil {
		t.Fatal("judge.sh declares no capabilities")
	}
	for name := range strings.SplitSeq(have[1], ",") {
		if !slices.Contains(conformance.Capabilities(), conformance.Capability(name)) {
			t.Errorf("judge.sh: there is no capability %q", name)
		}
	}
}

// TestFastAPIScriptParses checks that judge.sh is a valid shell script. It does not run
// the Python service.
func TestFastAPIScriptParses(t *testing.T) {
	if out, err := exec.Command("bash", "-n", "fastapi/judge.sh").CombinedOutput(); err != nil {
		t.Errorf("judge.sh: %v\n%s", err, out)
	}
}
