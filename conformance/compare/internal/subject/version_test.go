package subject

import (
	"os"
	"strings"
	"testing"
)

// The versions that a test's program shows are those of the build.
func TestVersionsAreThoseOfTheBuild(t *testing.T) {
	gomod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for module, version := range required {
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
