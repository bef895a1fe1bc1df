// Package account counts the outcomes of spans, data points and log records,
// logs losses and reports the counts as the SDK's own metrics.
//
// Package pipeline tells it what happened. It makes no decision about an
// export. It imports exporterror and selflog.
package account
