package subject

import (
	"os"
	"strings"
	"testing"
)

func TestVersionsWithoutAConstant(t *testing.T) {
	required, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for module, version := range map[string]string{
		"github.com/go-chi/chi/v5":                chiVersion,
		"github.com/gorilla/mux":                  muxVersion,
		"github.com/gofiber/contrib/otelfiber/v2": otelfiberVersion,
	} {
		if want := "\t" + module + " " + version + "\n"; !strings.Contains(string(required), want) {
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
