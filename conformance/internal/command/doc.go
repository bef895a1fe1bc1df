// Package command has what the programs samespan and compare have in common: flags,
// running the suite on several subjects, and the exit status. It imports conformance, which
// runs the suite, and report and report/page, which write the reports.
package command
