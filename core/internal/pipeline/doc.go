// Package pipeline connects the provider of one signal to an exporter: it
// limits the queue, makes batches, counts the outcomes of exports, divides
// batches that are too large, and flushes and shuts down within time limits.
//
// It works with any exporter of the SDK and is independent of OTLP and the console. It
// imports account, exporterror, hedge, sampling, sanitize, selflog, suppress and, for the
// limits of batches, settings.
package pipeline
