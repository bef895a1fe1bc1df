// Package comparison writes conformance/README.md: the outcome of every check
// for every subject, the reasons for failures, the cost of the instrumentation,
// and open issues. The outcomes are those of the golden matrix, the figures
// those of the last stored benchmark; the texts are in this package.
//
// It runs nothing, so that a test can quickly compare the page with its
// sources. It returns an error if the texts do not match the sources: for a
// failure without a fact, or a fact about a check that passes.
package comparison
