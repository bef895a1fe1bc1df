// Package console prints telemetry for developers. It prints each trace as a tree when
// the trace is complete. All signals share one writer.
//
// Requests never wait for the console. The package imports pipeline for the queue,
// tracetree for the output, and also sampling, sanitize and settings.
package console
