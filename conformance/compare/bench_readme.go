package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/samespan/samespan/conformance/compare/internal/bench"
)

// The README's section that is written from a result lies between these.
const (
	benchBegins = "<!-- bench: written by `make bench-readme` -->\n"
	benchEnds   = "<!-- bench: ends -->\n"
)

// withBench returns a README with the section written anew from a result.
func withBench(readme, result []byte) ([]byte, error) {
	var measured bench.Result
	if err := json.Unmarshal(result, &measured); err != nil {
		return nil, fmt.Errorf("bench: the result: %w", err)
	}
	before, rest, begins := strings.Cut(string(readme), benchBegins)
	_, after, ends := strings.Cut(rest, benchEnds)
	if !begins || !ends {
		return nil, fmt.Errorf("bench: got no section between %q and %q", benchBegins, benchEnds)
	}
	var section bytes.Buffer
	bench.WriteMarkdown(&section, &measured)
	return []byte(before + benchBegins + section.String() + benchEnds + after), nil
}

// writeBench writes the section of the README in file from the result in from.
func writeBench(file, from string) error {
	result, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	readme, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	written, err := withBench(readme, result)
	if err != nil {
		return err
	}
	return os.WriteFile(file, written, 0o644)
}
