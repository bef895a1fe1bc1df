// Package http3 tests the net/http adapters with quic-go's HTTP/3 server, which
// no published module requires.
package http3
