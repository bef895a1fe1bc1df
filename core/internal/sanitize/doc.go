// Package sanitize replaces the bytes of spans, metrics and log records that are
// not UTF-8 by U+FFFD. Protobuf refuses a message with a string that is not, and
// with it the whole batch.
//
// It changes nothing, and allocates nothing, where every string is valid. (Only
// a slice is copied to be looked at: the API gives no other view of it.) It
// imports the SDK's data types and no other package of this module.
package sanitize
