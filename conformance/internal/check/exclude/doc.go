// Package exclude has the checks of the area exclude: an excluded request
// records nothing, and any other is recorded. It imports the packages that
// every area may: check, contract, probe, wire and otlptest.
package exclude
