// Package sanitize replaces invalid UTF-8 in spans, metrics and log records by U+FFFD.
// Protobuf rejects a message with an invalid string, and thereby the whole batch.
//
// If every string is valid, the package changes nothing, and allocates only the slices
// that the attribute API copies when a value is read. It imports the SDK's data types and
// no other package of this module.
package sanitize
