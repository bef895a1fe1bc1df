// Package collector has end-to-end tests with the real OpenTelemetry Collector,
// which runs in the test process: its OTLP receiver, memory limiter and batch
// processor, and an exporter that records what it receives.
//
// Real processes export to it, the four services of conformance/compare and a
// program of this package that makes traces, metrics and logs, over gRPC and
// over HTTP: plain, with TLS and gzip, and with mutual TLS and a bearer token.
// The tests prove that what has ended is what arrives, each span and record
// exactly once and every metric with its count, also where
//
//   - the Collector refuses for a while, because its memory is short,
//   - it is restarted on the same address under load,
//   - an attribute is not UTF-8: it alone is changed,
//   - it never accepts: then everything is counted as failed, and logged.
//
// With the build tag nginx, and nginx installed, the emitter also exports
// through nginx, which ends TLS and adds a path prefix: `make nginx`.
//
// Run it with `make collector` at the repository's root, or here:
//
//	GOWORK=off go test -race ./...
//
// The module is not part of the workspace: the Collector needs other versions
// than our modules do (Fiber would be built with its klauspost/compress), and a
// workspace has one version for all. It is never tagged.
package collector
