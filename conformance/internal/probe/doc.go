// Package probe provides what checks use. A [Probe] sends requests to the service, waits
// for exported telemetry, measures what requests add to the service's metrics, and records
// problems and evidence. Package probe is independent of individual checks. It imports
// contract, poll, service, wire and otlptest.
package probe
