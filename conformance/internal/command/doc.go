// Package command is the common part of the programs samespan and compare: the
// flags of their commands, a run of several subjects, and its result. It
// imports conformance and report.
package command
