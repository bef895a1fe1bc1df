package configfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzRead checks that reading any bytes as a file results either in settings or in errors.
// Each error must name the file and say which value is valid.
func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(paths) == 0 {
		f.Fatalf("got files %v and error %v, want the examples", paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	errors, err := os.ReadFile("testdata/errors.txt")
	if err != nil {
		f.Fatal(err)
	}
	for c := range strings.SplitSeq(string(errors), "=== ") {
		_, testCase, _ := strings.Cut(c, "\n")
		file, _, _ := strings.Cut(testCase, "<<<\n")
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, problems := read("otel.yaml", text, func(name string) string { return name })
		if (file == nil) == (len(problems) == 0) {
			t.Fatalf("got file %v and problems %v", file, problems)
		}
		for _, problem := range problems {
			if !strings.HasPrefix(problem.Error(), "core: otel.yaml: ") || !strings.Contains(problem.Error(), ", want ") {
				t.Errorf("got %q, which does not name the file or what would be right", problem)
			}
		}
		if file == nil {
			return
		}
		for variable, setting := range file.Settings {
			if setting.Path == "" {
				t.Errorf("%s: got no path", variable)
			}
		}
	})
}
