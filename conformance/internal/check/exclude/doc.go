// Package exclude has the checks of the area exclude: that a request which is
// excluded leaves nothing, and any other is observed. It imports the packages that
// every area may: check, contract, probe, wire and otlptest.
package exclude
