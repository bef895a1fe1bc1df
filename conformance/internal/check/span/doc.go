// Package span has the checks of the area "span": the span of a request has the
// same form in every service. It imports the packages that every area may import: check,
// contract, probe, wire and otlptest.
package span
