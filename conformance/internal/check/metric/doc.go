// Package metric has the checks of the area "metric": every service records the
// series that the semantic conventions define. It imports the packages that every area may
// import: check, contract, probe, wire and otlptest.
package metric
