// Package transparent has the checks of the area transparent: that the application
// cannot tell whether it is instrumented. It imports the packages that every area
// may: check, contract, probe, wire and otlptest.
package transparent
