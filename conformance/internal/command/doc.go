// Package command has what the programs samespan and compare have in common: flags,
// running the suite on several subjects, and the exit status. It imports conformance and
// report.
package command
