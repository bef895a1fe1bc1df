// Package command is what the programs samespan and compare share: the flags of
// their commands, a run of several subjects, and what follows from it. It imports
// conformance and report.
package command
