// Package flush has the checks of the area flush: that nothing is lost at the end of
// a service and when the collector fails. It imports the packages that every area
// may, check, contract, probe, wire and otlptest, and otlptest/faultnet and service.
package flush
