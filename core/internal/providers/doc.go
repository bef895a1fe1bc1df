// Package providers builds the SDK's providers of traces, metrics and logs from the
// resolved settings, with the exporters that the variables name and those that the
// service adds, and flushes and shuts down all of them together.
//
// It makes no decisions about exports. It imports console, otlp and pipeline, and
// packages that those import.
package providers
