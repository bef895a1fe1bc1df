// Package serving runs the servers of a service. The servers stop together when a signal
// arrives, a context ends or one of them ends. The package drains them within a grace
// period and calls the service at each step.
//
// The package does not use telemetry. It imports exporterror, pipeline and timelimit only
// for waiting with a time limit, and for the errors of time limits that have passed. It also
// imports stdhttp, the code that the adapters of net/http share.
package serving
