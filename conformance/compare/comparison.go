package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/samespan/samespan/conformance/compare/internal/bench"
	"github.com/samespan/samespan/conformance/compare/internal/comparison"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
)

// Paths in the repository.
const (
	// The sources of the comparison: the outcomes of the checks and the measured costs.
	goldenFile = "conformance/compare/testdata/matrix.golden"
	benchFile  = "conformance/compare/testdata/bench.json"

	// The documents that are generated from the sources, as a whole or in part.
	comparisonFile = "conformance/README.md"
	costsFile      = "conformance/COSTS.md"
	readmeFile     = "README.md"
)

// The lines before and after the generated sections: benchBeginLine and benchEndLine in
// COSTS.md, figuresBeginLine and figuresEndLine in the README.
const (
	benchBeginLine   = "<!-- bench: written by `make bench-readme` -->\n"
	benchEndLine     = "<!-- bench: ends -->\n"
	figuresBeginLine = "<!-- figures: written by `make comparison` -->\n"
	figuresEndLine   = "<!-- figures: ends -->\n"
)

// runComparison runs the command comparison.
func runComparison(_ context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("comparison", flag.ContinueOnError)
	root := flags.String("root", ".", "the root `directory` of the repository")
	if err := flags.Parse(args); err != nil {
		return err
	}
	pages, err := comparisonPages(*root)
	if err != nil {
		return err
	}
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(*root, name), page, 0o644); err != nil {
			return err
		}
		fmt.Fprintln(out, "wrote", name)
	}
	return nil
}

// comparisonPages generates the pages from their sources in root, the directory of the
// repository. It returns the content of each page by its path, and writes nothing.
func comparisonPages(root string) (map[string][]byte, error) {
	readFile := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(root, name)) }
	table, err := readFile(goldenFile)
	if err != nil {
		return nil, err
	}
	golden, err := matrix.Expect(bytes.NewReader(table))
	if err != nil {
		return nil, err
	}
	result, err := readFile(benchFile)
	if err != nil {
		return nil, err
	}
	var measured bench.Result
	if err := json.Unmarshal(result, &measured); err != nil {
		return nil, fmt.Errorf("%s: %w", benchFile, err)
	}
	costs, err := replaceSection(readFile, costsFile, benchBeginLine, benchEndLine, func(w io.Writer) { bench.WriteSummary(w, &measured) })
	if err != nil {
		return nil, err
	}
	readme, err := replaceSection(readFile, readmeFile, figuresBeginLine, figuresEndLine, func(w io.Writer) { comparison.WriteFigures(w, golden, &measured) })
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := comparison.Write(&page, golden, &measured); err != nil {
		return nil, err
	}
	var picture bytes.Buffer
	bench.WriteProfilePicture(&picture, measured.Profiles)
	return map[string][]byte{
		readmeFile: readme, costsFile: costs, comparisonFile: page.Bytes(),
		filepath.Join(filepath.Dir(costsFile), bench.ProfilePicture): picture.Bytes(),
	}, nil
}

// replaceSection reads a document with readFile. It returns the document's content with the
// text between the lines beginLine and endLine replaced by the output of writeSection.
func replaceSection(readFile func(file string) ([]byte, error), file, beginLine, endLine string, writeSection func(io.Writer)) ([]byte, error) {
	document, err := readFile(file)
	if err != nil {
		return nil, err
	}
	before, remaining, begun := bytes.Cut(document, []byte(beginLine))
	_, after, ended := bytes.Cut(remaining, []byte(endLine))
	if !begun || !ended {
		return nil, fmt.Errorf("comparison: %s has no section between %q and %q", file, beginLine, endLine)
	}
	var section bytes.Buffer
	writeSection(&section)
	return fmt.Appendf(nil, "%s%s%s%s%s", before, beginLine, section.Bytes(), endLine, after), nil
}
