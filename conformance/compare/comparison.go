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
	"strings"

	"github.com/samespan/samespan/conformance/compare/internal/bench"
	"github.com/samespan/samespan/conformance/compare/internal/comparison"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
)

// What the public comparison is written from and into, from the repository's
// root.
const (
	goldenFile     = "conformance/compare/testdata/matrix.golden"
	benchFile      = "conformance/compare/testdata/bench.json"
	comparisonFile = "conformance/README.md"
	readmeFile     = "README.md"
)

// The README's section that is written from a result lies between these.
const (
	benchBegins = "<!-- bench: written by `make bench-readme` -->\n"
	benchEnds   = "<!-- bench: ends -->\n"
)

// runComparison is the command comparison.
func runComparison(_ context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("comparison", flag.ContinueOnError)
	root := flags.String("root", ".", "the `folder` of the repository")
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

// comparisonPages are the pages as they should be, by their names.
func comparisonPages(root string) (map[string][]byte, error) {
	kept := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(root, name)) }
	table, err := kept(goldenFile)
	if err != nil {
		return nil, err
	}
	golden, err := matrix.Expect(bytes.NewReader(table))
	if err != nil {
		return nil, err
	}
	result, err := kept(benchFile)
	if err != nil {
		return nil, err
	}
	var measured bench.Result
	if err := json.Unmarshal(result, &measured); err != nil {
		return nil, fmt.Errorf("%s: %w", benchFile, err)
	}
	readme, err := kept(readmeFile)
	if err != nil {
		return nil, err
	}
	written, err := withBench(string(readme), &measured)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := comparison.Write(&page, golden, &measured); err != nil {
		return nil, err
	}
	return map[string][]byte{readmeFile: []byte(written), comparisonFile: page.Bytes()}, nil
}

// withBench returns a README with the section written anew from a result.
func withBench(readme string, measured *bench.Result) (string, error) {
	before, rest, begins := strings.Cut(readme, benchBegins)
	_, after, ends := strings.Cut(rest, benchEnds)
	if !begins || !ends {
		return "", fmt.Errorf("comparison: %s has no section between %q and %q", readmeFile, benchBegins, benchEnds)
	}
	var section bytes.Buffer
	bench.WriteSummary(&section, measured)
	return before + benchBegins + section.String() + benchEnds + after, nil
}
