// Package serving runs the servers of a service. The servers stop together when a signal
// arrives, a context ends or one of them ends. The package drains them within a grace
// period and calls the service at each step.
//
// It is independent of telemetry. It imports exporterror, pipeline and timelimit only to
// wait and to return errors of time limits. It also imports stdhttp, the code that the
// adapters of net/http share.
package serving
