// Package serving runs the servers of a service, several of which end together: by
// a signal, a context, or the end of one. It drains them within a grace period, and
// tells the service when what follows is to happen.
//
// It knows nothing of telemetry. It imports exporterror, pipeline and timelimit for
// waiting and for the errors of time, and what the adapters of net/http share.
package serving
