// Package comparison writes conformance/README.md: the outcome of every check for every
// subject, the reasons for failures, the cost of the instrumentation, and open issues.
// The outcomes come from the golden matrix, the figures from the last stored benchmark,
// and the texts from this package.
//
// It runs neither checks nor benchmarks, so that a test can quickly compare the page with
// its sources. It returns an error if the texts do not match the matrix: if the reason for
// a failure is missing, or there is a reason for a check that passes.
package comparison
