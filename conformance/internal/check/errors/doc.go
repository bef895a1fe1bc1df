// Package errors has the checks of the area "error": failures are recorded, and the
// instrumentation does not change how they are handled. It imports the packages that every
// area may import: check, contract, probe, wire and otlptest.
package errors
