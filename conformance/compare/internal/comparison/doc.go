// Package comparison writes conformance/README.md: how every subject does in
// every check, why what fails fails, what the instrumentation costs, and what
// is open. The outcomes are the golden matrix's, the figures those of the last
// benchmark that was kept; the words for both are kept here.
//
// It runs nothing, so that a test can hold the page against its sources in no
// time. Where a source moves on and the words do not, it refuses to write: a
// failure without a [Fact], or a Fact of what passes by now.
package comparison
