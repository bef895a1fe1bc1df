// Package metric has the checks of the area metric: that the series of the
// conventions are the same everywhere. It imports the packages that every area may:
// check, contract, probe, wire and otlptest.
package metric
