// Package account counts what becomes of spans, data points and log records: it
// reports losses to the log and observes the counts as the SDK's own metrics.
//
// It is told what happened by package pipeline, and decides nothing about an
// export. It imports exporterror and selflog.
package account
