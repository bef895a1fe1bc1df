// Package http3 tests the adapters of net/http under an HTTP/3 server, quic-go's,
// which no published module requires.
package http3
