// Package account counts the outcomes of spans, data points and log records, logs losses
// and reports the counts as otel.sdk.* metrics.
//
// Package pipeline reports the outcomes to package account, which makes no decisions
// about exports. Package account imports exporterror to classify errors of exports, and
// selflog to log losses.
package account
