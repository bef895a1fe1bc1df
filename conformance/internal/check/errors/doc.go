// Package errors has the checks of the area error: failures are recorded, and
// their handling does not change. It imports the packages that every area may:
// check, contract, probe, wire and otlptest.
package errors
