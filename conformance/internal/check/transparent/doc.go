// Package transparent has the checks of the area "transparent": the application
// behaves as without instrumentation. It imports the packages that every area may import:
// check, contract, probe, wire and otlptest.
package transparent
