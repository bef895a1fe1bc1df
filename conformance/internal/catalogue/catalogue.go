// Package catalogue prints the checks and capabilities of the suite in readable form. To
// obtain them, it imports package conformance, and no other package of this module.
package catalogue

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
)

// Checks writes the checks, each with its level, rule and source.
func Checks(out io.Writer) error {
	b := bufio.NewWriter(out)
	for _, c := range conformance.Checks() {
		fmt.Fprintf(b, "%s (%s)\n    %s\n    %s\n    %s\n", c.ID, c.Level, c.Rule, c.Source, c.Help)
	}
	return b.Flush()
}

// Capabilities writes each capability with its meaning, its variable, and the
// checks that need it.
func Capabilities(out io.Writer) error {
	b := bufio.NewWriter(out)
	fmt.Fprintln(b, "Declare the capabilities of the program with --have, for example --have 'exclusion,http2'. CONTRACT.md has the details.")
	for _, about := range conformance.AboutCapabilities() {
		fmt.Fprintf(b, "\n%s\n    %s\n", about.Capability, about.Means)
		if about.Variable != "" {
			fmt.Fprintf(b, "    variable: %s\n", about.Variable)
		}
		if len(about.Routes) > 0 {
			fmt.Fprintf(b, "    routes: %s\n", strings.Join(about.Routes, ", "))
		}
		var checks []string
		for _, c := range conformance.Checks() {
			if slices.Contains(c.Needs, about.Capability) {
				checks = append(checks, c.ID)
			}
		}
		if len(checks) > 0 {
			fmt.Fprintf(b, "    needed by: %s\n", strings.Join(checks, ", "))
		}
	}
	return b.Flush()
}
