// Package providers builds the SDK's providers of traces, metrics and logs from the
// resolved settings, with the exporters that the variables name and those that the
// service adds, and flushes and shuts down all of them together.
//
// It makes no decisions about exports: packages console, otlp and pipeline make them. It
// imports these three packages, and packages that they import.
package providers
