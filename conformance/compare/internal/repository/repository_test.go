package repository

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSlug checks that Slug returns the anchors that GitHub gives to headings.
func TestSlug(t *testing.T) {
	tests := []struct{ heading, want string }{
		{"Quick start", "quick-start"},
		{"net/http", "nethttp"},
		{"parent: one trace, correctly nested", "parent-one-trace-correctly-nested"},
		{"What's new in 2.0? — all", "whats-new-in-20--all"},
		{"OTEL_GO_EXCLUDED_URLS", "otel_go_excluded_urls"},
		{"Über uns", "über-uns"},
	}
	for _, test := range tests {
		if got := Slug(test.heading); got != test.want {
			t.Errorf("got %q for %q, want %q", got, test.heading, test.want)
		}
	}
}

// TestParse checks that Parse finds the links, anchors and code of a document.
func TestParse(t *testing.T) {
	d := Parse([]byte(strings.Join([]string{
		"# The `code` and [a link](one.md)",
		"",
		"## Twice",
		"",
		"## Twice",
		"",
		"See [two](two.md#twice), ![three](three.png), <https://four.example/> and [five].",
		"",
		"| a | b |",
		"|---|---|",
		"| `make test` | [six](six) |",
		"",
		"<details><summary><a href=\"seven\">7</a></summary>",
		"",
		"Inside, `a <b> c`, and <img src='eight'>.",
		"",
		"```",
		"make \\",
		"    lint",
		"[not](a-link)",
		"```",
		"",
		"</details>",
		"",
		"[five]: five.md",
	}, "\n")))
	for _, test := range []struct {
		what      string
		got, want []string
	}{
		{"links", d.Links, []string{"one.md", "two.md#twice", "three.png", "https://four.example/", "five.md", "six", "seven", "eight"}},
		{"anchors", slices.Sorted(maps.Keys(d.Anchors)), []string{"the-code-and-a-link", "twice", "twice-1"}},
		{"spans", d.Spans, []string{"code", "make test", "a <b> c"}},
		{"blocks", d.Blocks, []string{"make \\\n    lint\n[not](a-link)\n"}},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: got %q, want %q", test.what, test.got, test.want)
		}
	}
}

// TestFilesAndTests checks that Files skips directories such as .git, and that Tests finds
// tests and fuzz targets.
func TestFilesAndTests(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"a.md": "", "b/c.go": "", "bin/d.go": "", ".git/e.md": "", ".ci/f.md": "",
		"b/c_test.go": "package b\n\nfunc TestC(t *testing.T) {}\n\nfunc FuzzC(f *testing.F) {}\n\nfunc help() {}\n",
	} {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Files(root, ".md", ".go")
	if want := []string{".ci/f.md", "a.md", "b/c.go", "b/c_test.go"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("got %q, %v; want %q", files, err, want)
	}
	tests, err := Tests(root)
	if got := slices.Sorted(maps.Keys(tests)); err != nil || !slices.Equal(got, []string{"FuzzC", "TestC"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := Files(filepath.Join(root, "none"), ".md"); err == nil {
		t.Error("got no error for a folder that is not there")
	}
}
