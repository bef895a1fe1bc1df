package guide

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/compare/internal/repository"
)

// privateWord matches words that this project once used in a sense of its own.
// Write sanitize, fix, deadline, counters, queue limit, error, loss, effective
// or the like instead.
var privateWord = regexp.MustCompile(`\b(?:[Mm]end(?:s|ed|ing)?|[Ll]ifelines?|[Tt]all(?:y|ies)|[Hh]opeless|` +
	`[Tt]roubles?|in force|by whom they are|of anybody|what can never work|nobody (?:ends|tells))\b`)

// privateWordsIn returns the matches of privateWord in a text.
func privateWordsIn(text string) []string { return privateWord.FindAllString(text, -1) }

// TestPlainWords checks that code and documents have no words that match privateWord.
func TestPlainWords(t *testing.T) {
	sources, err := repository.Files(repositoryRoot, ".go", ".md", ".tmpl", ".sh", "Makefile")
	if err != nil || len(sources) < 100 {
		t.Fatalf("got %d files and error %v, want the whole repository", len(sources), err)
	}
	for _, source := range sources {
		if strings.HasSuffix(source, "guide/privateword_test.go") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(repositoryRoot, filepath.FromSlash(source)))
		if err != nil {
			t.Fatal(err)
		}
		if words := privateWordsIn(string(content)); words != nil {
			t.Errorf("%s: got the private words %q, want usual ones", source, words)
		}
	}
}

// TestPrivateWordMatchesWholeWords checks that privateWordsIn finds words that only this
// project uses, such as "mended", but not inside other words, such as "recommended".
func TestPrivateWordMatchesWholeWords(t *testing.T) {
	if got := privateWordsIn("It is mended here.\nThe lines in force.\n"); len(got) != 2 {
		t.Errorf("got %q, want both", got)
	}
	if got := privateWordsIn("We recommend, amend and enforce troubleshooting.\n"); got != nil {
		t.Errorf("got %q, want nothing", got)
	}
}
