// Package errors has the checks of the area error: that failures are seen and
// nothing about them is changed. It imports the packages that every area may: check,
// contract, probe, wire and otlptest.
package errors
