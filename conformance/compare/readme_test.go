package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readDocument returns a document by its path in the repository.
func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repositoryRoot, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readConfigurationPage returns the document with the tables of variables and options.
func readConfigurationPage(t *testing.T) string {
	t.Helper()
	return readDocument(t, "core/CONFIGURATION.md")
}

// TestReadmeShowsTheQuickStarts checks that the programs in the README and in the
// adapters' READMEs are the programs in directory quickstart, which are built.
func TestReadmeShowsTheQuickStarts(t *testing.T) {
	shown := map[string]string{
		"gin": "README.md", "echo": "echootel/README.md", "echo5": "echootel/echo5/README.md",
		"fiber": "fiberotel/README.md", "fiber3": "fiberotel/fiber3/README.md", "nethttp": "nethttpotel/README.md",
	}
	programs, err := filepath.Glob("quickstart/*/main.go")
	if err != nil || len(programs) != len(shown) {
		t.Fatalf("got quick starts %v, %v; want one for each of %v", programs, err, shown)
	}
	for _, name := range programs {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		page := shown[filepath.Base(filepath.Dir(name))]
		_, program, found := strings.Cut(string(source), "\npackage main\n")
		if !found || !strings.Contains(readDocument(t, page), "```go\npackage main\n"+strings.TrimRight(program, "\n")+"\n```") {
			t.Errorf("%s does not show %s as it is", page, name)
		}
	}
}

// maxReadmeLines limits the number of lines of the README.
const maxReadmeLines = 150

func TestReadmeIsShort(t *testing.T) {
	if lines := strings.Count(readDocument(t, "README.md"), "\n"); lines > maxReadmeLines {
		t.Errorf("README.md has %d lines, want %d at most: move what is not for everybody to a page of its own", lines, maxReadmeLines)
	}
}
