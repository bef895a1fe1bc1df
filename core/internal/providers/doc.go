// Package providers builds the SDK's providers of traces, metrics and logs from the
// resolved settings, with an exporter for each that a variable names or that the
// service adds, and flushes and ends all of them together.
//
// It decides nothing about an export. It imports console, otlp and pipeline, and
// what stands below them.
package providers
