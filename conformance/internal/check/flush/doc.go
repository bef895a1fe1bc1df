// Package flush has the checks of the area "flush": no telemetry is lost when a
// service shuts down or the collector fails. It imports the packages that every area may
// import: check, contract, probe, wire and otlptest. In addition, it imports service and
// otlptest/faultnet.
package flush
