// Package contract has the names that CONTRACT.md defines and the suite uses:
// capabilities, variables, the metric and the sizes of the reference service.
// It imports no package of this module.
package contract
