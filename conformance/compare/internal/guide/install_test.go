package guide

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstallCommandsNameModules checks that every `go get` in a document names
// an existing module; `make goget` runs those of the README.
func TestInstallCommandsNameModules(t *testing.T) {
	const repository = "github.com/samespan/samespan/"
	shown := 0
	for _, document := range repositoryFiles(t, ".md") {
		for _, b := range codeBlocks(readDocument(t, document), "") {
			for line := range strings.Lines(b.code) {
				arguments, found := strings.CutPrefix(strings.TrimSpace(line), "go get ")
				if !found {
					continue
				}
				for module := range strings.FieldsSeq(arguments) {
					directory, ours := strings.CutPrefix(module, repository)
					if !ours {
						continue
					}
					shown++
					if _, err := os.Stat(filepath.Join(repositoryRoot, directory, "go.mod")); err != nil {
						t.Errorf("%s:%d: %s is no module: %v", document, b.line, module, err)
					}
				}
			}
		}
	}
	if shown < 20 {
		t.Errorf("got %d modules, want those of every README", shown)
	}
}
