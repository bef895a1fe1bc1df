// Package span has the checks of the area span: that the span of a request has the
// same shape everywhere. It imports the packages that every area may: check,
// contract, probe, wire and otlptest.
package span
