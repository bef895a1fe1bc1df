package otlptest

import (
	"crypto/tls"
	"maps"
)

// Option configures a [Server]. If an option is given several times, the last one applies. Only
// this package can implement options, and the interface may get more methods.
type Option interface{ apply(*config) }

type config struct {
	addr            string
	tls             *tls.Config
	forwardEndpoint string // see [WithForward]; "" means that nothing is forwarded
	forwardHeaders  map[string]string
	forwardProtocol string // see [WithForwardProtocol]; "" means that the port decides
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// WithAddr sets the TCP address to listen on. The default is "127.0.0.1:0", a free port
// of the loopback interface. Set a port only if the address must be known before the server
// starts. For example, a server that replaces a closed one needs the same address.
func WithAddr(addr string) Option {
	return optionFunc(func(c *config) { c.addr = addr })
}

// WithTLS makes the server use TLS. The configuration needs a certificate. By default, or if
// tlsConfig is nil, the server does not use TLS.
func WithTLS(tlsConfig *tls.Config) Option {
	return optionFunc(func(c *config) { c.tls = tlsConfig.Clone() })
}

// WithForward forwards every accepted request to another OTLP endpoint. endpoint has the
// form of OTEL_EXPORTER_OTLP_ENDPOINT: "http://host:4317", "https://host:4317", or
// "host:4317" without TLS. [WithForwardProtocol] sets the protocol. By default, it is
// http/protobuf if the port is 4318, and otherwise gRPC. headers, which may be nil, are
// added to each request.
//
// Forwarding is best effort: it never blocks the sender, drops requests if the endpoint
// is too slow, and does not retry. [Server.Forwarded] returns the counts. By default, or if
// endpoint is "", nothing is forwarded.
func WithForward(endpoint string, headers map[string]string) Option {
	return optionFunc(func(c *config) {
		c.forwardEndpoint = endpoint
		c.forwardHeaders = maps.Clone(headers)
	})
}

// WithForwardProtocol sets the protocol of [WithForward], "grpc" or "http/protobuf", which are
// also values of OTEL_EXPORTER_OTLP_PROTOCOL. By default, or if protocol is "", the endpoint's port
// determines the protocol.
func WithForwardProtocol(protocol string) Option {
	return optionFunc(func(c *config) { c.forwardProtocol = protocol })
}
