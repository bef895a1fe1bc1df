// Package spanwire writes spans in the form in which OTLP sends them, straight
// from the SDK's spans to protobuf's wire format.
//
// The usual way makes some eighty objects of a request's spans, one for each
// attribute, value and message, only to be measured, written and thrown away: on
// a busy service that is half of what tracing costs. What is written here is
// handed to the same clients of OTLP, which connect, encrypt, compress and try
// again, as messages whose fields are bytes already: protobuf writes fields
// that a program does not know as they are.
//
// In a string that is not UTF-8, which protobuf refuses, every run of bytes that
// are not is replaced by U+FFFD.
package spanwire
