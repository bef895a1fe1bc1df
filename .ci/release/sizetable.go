package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
)

const (
	sizeTableBegin = "<!-- size: written by `make goget-readme` -->\n"
	sizeTableEnd   = "<!-- size: ends -->\n"
	// costsFile is the document with the table of sizes.
	costsFile = "conformance/COSTS.md"
)

// measureAll measures how much each adapter adds to a build, prints the result, and
// compares it with COSTS.md or updates COSTS.md.
func (c consumer) measureAll(ctx context.Context, out io.Writer, t tutorial, checkout repository, write bool) error {
	var all []programSizes
	for _, p := range t.programs {
		w, err := c.measureProgram(ctx, t, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.framework, err)
		}
		all = append(all, w)
	}
	version, err := c.runGo(ctx, c.dir, "env", "GOVERSION")
	if err != nil {
		return err
	}
	table := sizeTable(all, version+" for "+runtime.GOOS+"/"+runtime.GOARCH)
	fmt.Fprintf(out, "\n%s", table)
	page, err := os.ReadFile(checkout.file(costsFile))
	if err != nil {
		return err
	}
	documented, changed, err := replaceSizes(page, table)
	if err != nil {
		return err
	}
	if write {
		return os.WriteFile(checkout.file(costsFile), changed, 0o600)
	}
	return compareSizes(documented, table)
}

// sizeTable returns the table for the document. toolchain names the Go version and the
// platform, such as "go1.26.8 for linux/amd64". Sizes of binaries are rounded, since every
// change affects them slightly.
func sizeTable(all []programSizes, toolchain string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured with %s by `make goget`, with `-trimpath` as the only build flag. Each cell shows the size of the binary, its modules, and its packages outside the standard library. `modules 15 of 41` means that 15 of the 41 modules in the build list have code in the binary.\n\n", toolchain)
	b.WriteString("| framework | without telemetry | the adapter alone adds | the adapter and `core` add |\n|---|---|---|---|\n")
	for _, w := range all {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", w.framework, w.bare.formatCell(""), w.withAdapter.minus(w.bare).formatCell("+"), w.withCore.minus(w.bare).formatCell("+"))
	}
	return b.String()
}

// formatCell formats the sizes for a cell of the table, with sign before each number.
func (s buildSize) formatCell(sign string) string {
	return fmt.Sprintf("%s%.1f MB · modules %s%d of %s%d · packages %s%d", sign, float64(s.bytes)/1e6, sign, s.linkedModules, sign, s.listedModules, sign, s.packages)
}

// replaceSizes returns the old table of sizes in page, and the content of page with table
// in its place.
func replaceSizes(page []byte, table string) (documented string, changed []byte, err error) {
	documented, changed, err = replaceSection(page, sizeTableBegin, sizeTableEnd, table)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", costsFile, err)
	}
	return documented, changed, nil
}

// replaceSection returns the old text between two lines of the document, and the content of
// the document with the new text in its place.
func replaceSection(document []byte, beginLine, endLine, text string) (documented string, changed []byte, err error) {
	before, afterBegin, hasBegin := bytes.Cut(document, []byte(beginLine))
	old, after, hasEnd := bytes.Cut(afterBegin, []byte(endLine))
	if !hasBegin || !hasEnd {
		return "", nil, fmt.Errorf("want a section between the lines %q and %q", strings.TrimSpace(beginLine), strings.TrimSpace(endLine))
	}
	return string(old), fmt.Appendf(nil, "%s%s%s%s%s", before, beginLine, text, endLine, after), nil
}

var (
	// platformPattern matches the Go version and the platform before a table. Tables with
	// different platforms are not compared.
	platformPattern = regexp.MustCompile(`^Measured with (\S+) for (\S+)`)
	// binarySizePattern matches the size of a binary, which compareSizes ignores.
	binarySizePattern = regexp.MustCompile(`[0-9.]+ MB`)
)

// compareSizes returns an error if the document is out of date. It ignores the sizes of
// binaries, which every change affects slightly. The numbers of modules and packages must
// be equal if platform and Go version are equal.
func compareSizes(documented, measured string) error {
	documentedPlatform, platform := platformPattern.FindString(documented), platformPattern.FindString(measured)
	if documentedPlatform == "" {
		return errors.New(costsFile + " has no table of build sizes: run make goget-readme")
	}
	if documentedPlatform == platform && binarySizePattern.ReplaceAllString(documented, "") != binarySizePattern.ReplaceAllString(measured, "") {
		return fmt.Errorf("%s: the table of build sizes differs from the measured one above: run make goget-readme; the document has\n%s", costsFile, documented)
	}
	return nil
}
