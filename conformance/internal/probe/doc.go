// Package probe provides what checks use. A [Probe] sends requests to the
// service, waits for exported telemetry, measures how its metrics grow, and
// records problems and evidence. It is independent of individual checks, and
// imports contract, poll, service, wire and otlptest.
package probe
