// Package spanwire encodes the SDK's spans directly in the protobuf wire format of OTLP.
//
// The usual encoder allocates about eighty objects for the spans of a request, one for
// each attribute, value and message. It measures the objects, writes them and discards
// them. This work is half of the cost of tracing on a busy service. This package passes the
// encoded spans to the same OTLP clients, which connect, encrypt, compress and retry. The
// messages contain the encoded bytes as unknown fields, which protobuf writes unchanged.
//
// Protobuf rejects strings that are not valid UTF-8. This package replaces every run of
// invalid bytes by U+FFFD.
package spanwire
