// Package metric has the checks of the area metric: every service has the same
// series of the conventions. It imports the packages that every area may:
// check, contract, probe, wire and otlptest.
package metric
