package guide

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the path of the repository.
const root = "../../../.."

// read returns a document by its path in the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files returns the files of the repository with that extension, by path.
func files(t *testing.T, extension string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "bin" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, extension) && !entry.IsDir() {
			name, err := filepath.Rel(root, path)
			found = append(found, filepath.ToSlash(name))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// block is a fenced code block, with the line where it begins.
type block struct {
	code string
	line int
}

// blocks returns the document's code blocks in that language.
func blocks(document, language string) []block {
	var found []block
	var open *block
	for number, line := range strings.Split(document, "\n") {
		switch fence := strings.TrimSpace(line); {
		case open == nil && strings.HasPrefix(fence, "```"):
			open = &block{line: number + 1}
			if fence != "```"+language {
				open.line = 0
			}
		case open != nil && fence == "```":
			if open.line > 0 {
				found = append(found, *open)
			}
			open = nil
		case open != nil:
			open.code += line + "\n"
		}
	}
	return found
}

// prose returns the document without code blocks.
func prose(document string) string {
	var b strings.Builder
	fenced := false
	for line := range strings.Lines(document) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		} else if !fenced {
			b.WriteString(line)
		}
	}
	return b.String()
}

// section returns the text under the document's heading, up to the next heading
// of the same or a higher level; "" if there is none.
func section(document, heading string) string {
	_, after, found := strings.Cut("\n"+document, "\n"+heading+"\n")
	if !found {
		return ""
	}
	rank := len(heading) - len(strings.TrimLeft(heading, "#"))
	next := regexp.MustCompile(`(?m)^#{1,` + string(rune('0'+rank)) + `} `)
	if end := next.FindStringIndex(after); end != nil {
		after = after[:end[0]]
	}
	return after
}

// rows returns the cells of the text's tables, without headings.
func rows(text string) [][]string {
	var found [][]string
	head := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			head = true
		case strings.HasPrefix(line, "|--"):
			head = false
		case !head:
			cells := strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, "\x00"), "|"), "|")
			for i, cell := range cells {
				cells[i] = strings.TrimSpace(strings.ReplaceAll(cell, "\x00", "|"))
			}
			found = append(found, cells)
		}
	}
	return found
}

var code = regexp.MustCompile("`([^`]+)`")

// quoted returns what is between backticks in text.
func quoted(text string) []string {
	var found []string
	for _, match := range code.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

// sameSet reports the elements that only one of the two has.
func sameSet(t *testing.T, what string, documented, there []string) {
	t.Helper()
	for _, name := range there {
		if !slices.Contains(documented, name) {
			t.Errorf("%s: %s is missing", what, name)
		}
	}
	for _, name := range documented {
		if !slices.Contains(there, name) {
			t.Errorf("%s: there is no %s", what, name)
		}
	}
}

func TestMarkdown(t *testing.T) {
	document := "# A\ntext `x`\n```go\na := 1\n```\n\n| h | i |\n|---|---|\n| `a` | b \\| c |\n\n## B\n```sh\nls\n```\n# C\n| h |\n|--|\n| d |\n"
	if got := blocks(document, "go"); len(got) != 1 || got[0] != (block{code: "a := 1\n", line: 3}) {
		t.Errorf("got blocks %+v", got)
	}
	if got := rows(section(document, "# A")); len(got) != 1 || !slices.Equal(got[0], []string{"`a`", "b | c"}) {
		t.Errorf("got rows %q", got)
	}
	if got := section(document, "## B"); got != "```sh\nls\n```\n" {
		t.Errorf("got section %q", got)
	}
	if got := prose("a `x`\n```\n`y`\n```\nb `z`\n"); got != "a `x`\nb `z`\n" {
		t.Errorf("got prose %q", got)
	}
	if got := section(document, "## D"); got != "" {
		t.Errorf("got section %q of a heading that is not there", got)
	}
	if got := quoted("`a` and `b c`"); !slices.Equal(got, []string{"a", "b c"}) {
		t.Errorf("got %q", got)
	}
}
