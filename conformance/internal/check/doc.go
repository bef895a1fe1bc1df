// Package check says what a check is. The checks themselves are in the packages
// below it, one for each area: the rule of exclude/children is in exclude. It
// imports contract and probe.
package check
