// Package check defines the type of checks. The checks are in the packages
// below it, one for each area: the rule exclude/children is in package exclude.
// Package check imports contract and probe, whose types it uses.
package check
