// Package contract has the names that CONTRACT.md fixes and that the suite uses:
// capabilities, variables, the metric and the sizes of the reference service. It
// imports nothing of this module.
package contract
