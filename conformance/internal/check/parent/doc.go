// Package parent has the checks of the area "parent": the spans of a request are
// one trace, correctly nested. It imports the packages that every area may import: check,
// contract, probe, wire and otlptest.
package parent
