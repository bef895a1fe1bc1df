// Package account counts the outcomes of spans, data points and log records, logs losses
// and reports the counts as the SDK's own metrics.
//
// Package pipeline reports the outcomes to it. It makes no decisions about exports. It
// imports exporterror and selflog.
package account
