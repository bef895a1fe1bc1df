package repository

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// unfinishedNote matches notes of unfinished work.
var unfinishedNote = regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME|XX` + `X)\b`)

// checkedSuffixes are the suffixes of the paths of checked files: those that are written by
// hand.
var checkedSuffixes = []string{".go", ".md", ".tmpl", ".yml", ".js", ".css", ".html", "Makefile", ".ci/run", ".ci/deps", ".ci/benchstat", ".ci/published"}

// OpenEnds returns a problem for each note of unfinished work, broken link, missing path
// and invalid command in the files below root. It calls compare with the arguments of each
// documented call of the command compare; compare returns an error if they are invalid.
func OpenEnds(root string, compare func(args []string) error) (problems []string, err error) {
	files, err := Files(root, checkedSuffixes...)
	if err != nil {
		return nil, err
	}
	c := &documentChecker{root: root, checkCompareArgs: compare, documents: make(map[string]*Document)}
	if err := c.readTargets(); err != nil {
		return nil, err
	}
	texts := make(map[string][]byte)
	for _, file := range files {
		if texts[file], err = os.ReadFile(filepath.Join(root, file)); err != nil {
			return nil, err
		}
		if strings.HasSuffix(file, ".md") {
			c.documents[file] = Parse(texts[file])
		}
	}
	for _, file := range files {
		for _, note := range unfinishedNote.FindAll(texts[file], -1) {
			problems = append(problems, fmt.Sprintf("%s: %s: want no notes of unfinished work", file, note))
		}
		if d := c.documents[file]; d != nil {
			for _, problem := range c.checkDocument(file, d) {
				problems = append(problems, file+": "+problem)
			}
		}
	}
	return problems, nil
}

// documentChecker checks the links, paths and commands of documents.
type documentChecker struct {
	root             string               // directory of the repository
	checkCompareArgs func([]string) error // returns an error for invalid arguments of compare
	documents        map[string]*Document // by path relative to root
	targets          map[string]bool      // targets of the Makefile
}

// checkDocument returns the broken links, missing paths and invalid commands of a
// document.
func (c *documentChecker) checkDocument(file string, d *Document) (problems []string) {
	add := func(err error) {
		if err != nil {
			problems = append(problems, err.Error())
		}
	}
	for _, link := range d.Links {
		add(c.checkLink(file, link))
	}
	for _, span := range d.Spans {
		add(c.checkPath(file, span))
	}
	for _, code := range append(d.Spans, d.Blocks...) {
		for _, err := range c.checkCommands(code) {
			add(err)
		}
	}
	return problems
}

// exists reports whether there is a file or directory at a path relative to root.
func (c *documentChecker) exists(path string) bool {
	_, err := os.Stat(filepath.Join(c.root, filepath.FromSlash(path)))
	return err == nil
}
