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

// repositoryRoot is the path of the repository.
const repositoryRoot = "../../../.."

// readDocument returns the content of a file. name is the file's path in the repository.
func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repositoryRoot, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// repositoryFiles returns the paths of all files in the repository that have the
// extension.
func repositoryFiles(t *testing.T, extension string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(repositoryRoot, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "bin" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, extension) && !entry.IsDir() {
			name, err := filepath.Rel(repositoryRoot, path)
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

// codeBlock is a fenced code block with the number of its first line.
type codeBlock struct {
	code string
	line int
}

// codeBlocks returns the document's code blocks in the language.
func codeBlocks(document, language string) []codeBlock {
	var found []codeBlock
	var open *codeBlock
	for number, line := range strings.Split(document, "\n") {
		switch fence := strings.TrimSpace(line); {
		case open == nil && strings.HasPrefix(fence, "```"):
			open = &codeBlock{line: number + 1}
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

// withoutCode returns the document without code blocks.
func withoutCode(document string) string {
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

// sectionText returns the text of a section: from the heading up to the next heading of
// the same or a higher level. It returns "" if there is no such heading.
func sectionText(document, heading string) string {
	_, after, found := strings.Cut("\n"+document, "\n"+heading+"\n")
	if !found {
		return ""
	}
	rank := len(heading) - len(strings.TrimLeft(heading, "#"))
	nextHeading := regexp.MustCompile(`(?m)^#{1,` + string(rune('0'+rank)) + `} `)
	if end := nextHeading.FindStringIndex(after); end != nil {
		after = after[:end[0]]
	}
	return after
}

// tableRows returns the rows of all tables in the text, without their headings.
func tableRows(text string) [][]string {
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

// inlineCodePattern matches inline code, with the text between the backquotes as its group.
var inlineCodePattern = regexp.MustCompile("`([^`]+)`")

// inlineCodeIn returns the inline code in text.
func inlineCodeIn(text string) []string {
	var found []string
	for _, match := range inlineCodePattern.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

// compareSets reports the elements that occur in only one of the lists. label names the
// list in the errors.
func compareSets(t *testing.T, label string, documented, existing []string) {
	t.Helper()
	for _, name := range existing {
		if !slices.Contains(documented, name) {
			t.Errorf("%s: %s is missing", label, name)
		}
	}
	for _, name := range documented {
		if !slices.Contains(existing, name) {
			t.Errorf("%s: there is no %s", label, name)
		}
	}
}

func TestMarkdownIsParsed(t *testing.T) {
	document := "# A\ntext `x`\n```go\na := 1\n```\n\n| h | i |\n|---|---|\n| `a` | b \\| c |\n\n## B\n```sh\nls\n```\n# C\n| h |\n|--|\n| d |\n"
	if got := codeBlocks(document, "go"); len(got) != 1 || got[0] != (codeBlock{code: "a := 1\n", line: 3}) {
		t.Errorf("got blocks %+v", got)
	}
	if got := tableRows(sectionText(document, "# A")); len(got) != 1 || !slices.Equal(got[0], []string{"`a`", "b | c"}) {
		t.Errorf("got rows %q", got)
	}
	if got := sectionText(document, "## B"); got != "```sh\nls\n```\n" {
		t.Errorf("got section %q", got)
	}
	if got := withoutCode("a `x`\n```\n`y`\n```\nb `z`\n"); got != "a `x`\nb `z`\n" {
		t.Errorf("got prose %q", got)
	}
	if got := sectionText(document, "## D"); got != "" {
		t.Errorf("got section %q of a heading that is not there", got)
	}
	if got := inlineCodeIn("`a` and `b c`"); !slices.Equal(got, []string{"a", "b c"}) {
		t.Errorf("got %q", got)
	}
}
