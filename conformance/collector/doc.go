// Package collector has end-to-end tests with the real OpenTelemetry Collector, which
// runs in the test process: its OTLP receiver, memory limiter and batch processor, and an
// exporter that records the telemetry that it gets.
//
// Real processes export to the Collector: the four services of conformance/compare, and the
// emitter, a program of this package that records traces, metrics and logs. They export
// over gRPC and over HTTP: without TLS, with TLS and gzip, and with mutual TLS and a bearer
// token. The tests check that every span and every log record arrives exactly once, and
// every metric with its count. Further tests check that nothing is lost if
//
//   - the Collector refuses exports for a while, because it is short of memory,
//   - the Collector is restarted at the same address under load,
//   - an attribute is not valid UTF-8, and has to be changed before the export.
//
// If the Collector rejects every export, all telemetry must be counted as failed, and the
// failure must be logged.
//
// In tests with the build tag nginx, the emitter exports through nginx, which terminates
// TLS and serves OTLP/HTTP below a path prefix. Run these tests with `make nginx`. They need
// an installed nginx.
//
// Run the tests with `make collector` at the repository's root, or here:
//
//	GOWORK=off go test -race ./...
//
// The module is not part of the workspace. A workspace has one version of each dependency,
// and the Collector needs newer ones than our modules: for example, Fiber would be built
// with the Collector's version of klauspost/compress. The module is never tagged.
package collector
