// Package metric has the checks of the area metric: every service records the same
// series, those of the semantic conventions. It imports the packages that every area may
// import: check, contract, probe, wire and otlptest.
package metric
