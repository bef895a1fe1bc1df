// Package runtimemetrics registers contrib's metrics of the Go runtime: memory, garbage
// collection and goroutines. It is a separate module, so that services that do not import
// it do not link it.
//
//	import _ "github.com/samespan/samespan/core/runtimemetrics"
//
// After the import, OTEL_GO_RUNTIME_METRICS=true or [core.WithRuntimeMetrics] adds the
// metrics to those of the service. Without the import, the variable and the option make
// Setup return an error that names the import. The import alone adds nothing.
//
// The names are those of OpenTelemetry's conventions: go.memory.used, .limit, .allocated,
// .allocations and .gc.goal, go.goroutine.count, go.processor.limit and go.config.gogc.
// There are eight time series for each process, or nine with a memory limit. The metrics
// are read at each export, at most once every 15 s, and add no work to requests.
package runtimemetrics
