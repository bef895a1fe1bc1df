package configfile_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/configfile"
)

var update = flag.Bool("update", false, "write the errors into testdata/errors.txt")

// goldenErrorsPath is the path of a file with many cases. A case begins with a line
// "=== name". Then follow a configuration file, a line "<<<", and the expected error of
// Setup.
const goldenErrorsPath = "testdata/errors.txt"

// TestErrorsMatchGoldenFile proves, with a golden file, that Setup returns a helpful error
// for each kind of mistake in a file, and that no error contains a credential.
func TestErrorsMatchGoldenFile(t *testing.T) {
	clearEnvironment(t)
	golden, err := filepath.Abs(goldenErrorsPath)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("WORD", "often")
	t.Setenv("NUMBER", "7")
	var renewed strings.Builder
	cases := strings.Split(string(text), "=== ")
	renewed.WriteString(cases[0])
	if len(cases) < 50 {
		t.Errorf("got %d cases, want them all", len(cases))
	}
	for _, c := range cases[1:] {
		name, testCase, _ := strings.Cut(c, "\n")
		file, want, _ := strings.Cut(testCase, "<<<\n")
		if err := os.WriteFile("otel.yaml", []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := core.Setup(t.Context(), configfile.FromFile("otel.yaml"))
		if err == nil {
			t.Errorf("%s: got no error, want\n%s", name, want)
			continue
		}
		got := err.Error() + "\n"
		if strings.Contains(got, "secret") {
			t.Errorf("%s: got a credential in\n%s", name, got)
		}
		renewed.WriteString("=== " + name + "\n" + file + "<<<\n" + got + "\n")
		if got != strings.TrimSuffix(want, "\n") && !*update {
			t.Errorf("%s: got\n%swant\n%s", name, got, want)
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(renewed.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
