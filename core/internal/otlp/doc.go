// Package otlp exports to a collector. It uses OpenTelemetry's clients, but its own
// connections: it decides how long an attempt may take, whether an attempt is retried,
// when a connection is replaced, and what counts as a response.
//
// It takes settings and creates exporters for the SDK. It has no counters and no queue.
// It imports settings, exporterror, hedge, sanitize, spanwire and, for the names of
// components, account.
package otlp
