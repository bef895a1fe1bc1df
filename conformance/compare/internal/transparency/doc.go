// Package transparency serves the same requests with and without an adapter
// and compares what comes over the socket, byte by byte: the adapter must not
// change an answer, whatever middlewares stand outside and inside of it. The
// span is held against the status on the wire.
//
// Tests of one framework give [Compare] a function that starts their
// application on a socket, with the middlewares that they try.
package transparency
