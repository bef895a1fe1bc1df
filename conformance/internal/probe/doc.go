// Package probe is what a check works with. A [Probe] sends requests to the
// service, waits for what it exports, measures by how much its metrics grow, and
// keeps the problems and the evidence. It knows no single check, and imports
// contract, poll, service, wire and otlptest.
package probe
