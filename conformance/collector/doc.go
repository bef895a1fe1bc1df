// Package collector has end-to-end tests with the real OpenTelemetry Collector, which
// runs in the test process: its OTLP receiver, memory limiter and batch processor, and an
// exporter that records the telemetry that it gets.
//
// Real processes export to the Collector: the four services of conformance/compare, and a
// program of this package that makes traces, metrics and logs. They export over gRPC and
// over HTTP: plain, with TLS and gzip, and with mutual TLS and a bearer token. The tests
// check that all telemetry arrives, each span and log record exactly once and every metric
// with its count, also if
//
//   - the Collector refuses exports for a while, because it is short of memory,
//   - the Collector is restarted at the same address under load,
//   - an attribute is not UTF-8: only that attribute is changed.
//
// If the Collector rejects every export, all telemetry must be counted as failed, and the
// failure must be logged.
//
// With the build tag nginx, and nginx installed, the emitter also exports through nginx,
// which terminates TLS and adds a path prefix: `make nginx`.
//
// Run it with `make collector` at the repository's root, or here:
//
//	GOWORK=off go test -race ./...
//
// The module is not part of the workspace. A workspace has one version of each dependency,
// and the Collector needs newer ones than our modules: for example, Fiber would be built
// with the Collector's version of klauspost/compress. The module is never tagged.
package collector
