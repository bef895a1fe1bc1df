package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// repositoryRoot is the path of the repository.
const repositoryRoot = "../.."

// TestComparisonIsCurrent checks that the comparison and the README's figures agree with
// the stored matrix and benchmark.
func TestComparisonIsCurrent(t *testing.T) {
	pages, err := comparisonPages(repositoryRoot)
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) != 4 {
		t.Errorf("got %d pages, want the README, the costs, the comparison and a picture", len(pages))
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(repositoryRoot, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what %s and %s say: run make comparison", name, goldenFile, benchFile)
		}
	}
}

// TestComparisonFollowsSources checks that the pages change with their sources, and that
// invalid sources are errors.
func TestComparisonFollowsSources(t *testing.T) {
	tests := []struct {
		name string
		// old is replaced by new in file.
		file, old, new string
		// err is a part of the expected error. If err is "", page must contain text.
		err, page, text string
	}{
		{"processor in the comparison", benchFile, `"processor": "`, `"processor": "Another `, "", comparisonFile, "on Another "},
		{"processor in the costs", benchFile, `"processor": "`, `"processor": "Another `, "", costsFile, "on Another "},
		{"failure without a fact", goldenFile, "parent/remote             pass", "parent/remote             FAIL", "no fact says why", "", ""},
		{"outcome ERROR", goldenFile, "parent/remote             pass", "parent/remote             ERROR", "want pass, fail, known failure or not applicable", "", ""},
		{"unknown outcome", goldenFile, "parent/remote             pass", "parent/remote             perhaps", "perhaps", "", ""},
		{"invalid JSON", benchFile, "{", "[", benchFile, "", ""},
		{"README without the section", readmeFile, figuresBeginLine, "", "no section", "", ""},
		{"COSTS.md without the section", costsFile, benchBeginLine, "", "no section", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			other := t.TempDir()
			for _, name := range []string{goldenFile, benchFile, readmeFile, costsFile} {
				content, err := os.ReadFile(filepath.Join(repositoryRoot, name))
				if err != nil {
					t.Fatal(err)
				}
				if name == test.file {
					if !bytes.Contains(content, []byte(test.old)) {
						t.Fatalf("%s has no %q to replace", name, test.old)
					}
					content = bytes.Replace(content, []byte(test.old), []byte(test.new), 1)
				}
				if err := os.MkdirAll(filepath.Join(other, filepath.Dir(name)), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(other, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := tool.Run(t.Context(), []string{"comparison", "--root", other}, io.Discard)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			page, err := os.ReadFile(filepath.Join(other, test.page))
			if err != nil || !strings.Contains(string(page), test.text) {
				t.Errorf("got %v, and no %q in %s", err, test.text, test.page)
			}
		})
	}
}
