// Package otlp exports to a collector with the official clients, over connections
// of its own: it decides how long an attempt takes, whether it is made again, when
// a connection is replaced, and what counts as an answer.
//
// It takes settings and makes exporters of the SDK. It counts nothing and knows no
// queue. It imports settings, exporterror, account for the names of components,
// hedge, sanitize and spanwire.
package otlp
