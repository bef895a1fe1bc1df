package soak

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/samespan/samespan/conformance/compare/internal/watch"
	"github.com/samespan/samespan/conformance/internal/certificate"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
)

// transport is a protocol for exports, with or without TLS.
type transport struct {
	overHTTP, usesTLS bool
}

// transports are all transports. With TLS, HTTP is HTTP/2. Each service uses a different
// transport.
var transports = []transport{{false, false}, {true, true}, {false, true}, {true, false}}

func (tr transport) String() string {
	name := "gRPC"
	if tr.overHTTP {
		name = "HTTP"
	}
	if tr.usesTLS {
		name += " with TLS"
	}
	return name
}

// collectorHost is the host name of the collectors.
const collectorHost = "collector.test"

// apiKey is sent to the collector with every export. No other server may receive it.
const apiKey = "soak-secret"

// network connects a service to its collector. The service knows the collector by
// collectorHost, which resolves to one of collectorAddresses. At each address there is a
// proxy.
type network struct {
	transport
	collector         *collector
	dns               *faultnet.Names // the DNS server that the service uses
	port              string          // port of both proxies
	proxies           [2]*faultnet.Proxy
	activeProxy       int              // index of the proxy that collectorHost resolves to
	frontServer       *faultnet.Server // serves the collector over HTTP; nil for gRPC
	substituteServer  *faultnet.Server // responds in place of the collector, with substituteHandler
	substituteHandler atomic.Pointer[http.Handler]
	redirectTarget    *faultnet.Server // exports must not follow the redirects to it
	// redirectedRequests counts the redirected requests that redirectTarget has received.
	redirectedRequests atomic.Int64
	dir                string                     // directory of the certificate files
	tlsConfig          atomic.Pointer[tls.Config] // of the servers, with the current certificates
	files              certificate.Files          // current certificates, which the service reads
}

// collectorAddresses are the two addresses of collectorHost.
var collectorAddresses = [2]string{"127.0.0.1", "127.0.0.2"}

// unusedAddress is an address on which nothing listens.
const unusedAddress = "127.0.0.1:1"

// newNetwork puts a network in front of a collector.
func newNetwork(c *collector, tr transport) (n *network, err error) {
	n = &network{transport: tr, collector: c}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("soak: create a network over %s: %w", tr, err), n.close())
		}
	}()
	var config *tls.Config
	if tr.usesTLS {
		if n.dir, err = os.MkdirTemp("", "soak"); err != nil {
			return n, err
		}
		if err := n.renewCertificates(); err != nil {
			return n, err
		}
		config = &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return n.tlsConfig.Load(), nil
		}}
	}
	if err := n.startServers(config); err != nil {
		return n, err
	}
	if n.dns, err = faultnet.NewNames(); err != nil {
		return n, err
	}
	for i, address := range collectorAddresses {
		if n.proxies[i], err = faultnet.NewProxyAt(net.JoinHostPort(address, n.port), n.collectorAddr()); err != nil {
			return n, err
		}
		if _, n.port, err = net.SplitHostPort(n.proxies[i].Addr()); err != nil {
			return n, err
		}
	}
	n.resolveTo(0)
	return n, nil
}

// startServers starts the servers of the network: frontServer for a receiver over HTTP,
// substituteServer and redirectTarget. A receiver over gRPC is restarted with TLS if the
// network uses TLS.
func (n *network) startServers(config *tls.Config) (err error) {
	if n.overHTTP {
		if n.frontServer, err = faultnet.Serve("127.0.0.1:0", config, n.collector); err != nil {
			return err
		}
	} else if n.usesTLS {
		if err := n.collector.restartWithTLS(otlptest.WithTLS(config)); err != nil {
			return err
		}
	}
	n.substituteServer, err = faultnet.Serve("127.0.0.1:0", config, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*n.substituteHandler.Load()).ServeHTTP(w, r)
	}))
	if err != nil {
		return err
	}
	n.redirectTarget, err = faultnet.Serve("127.0.0.1:0", nil, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n.redirectedRequests.Add(1)
	}))
	return err
}

// collectorAddr returns the address at which the collector receives exports over the protocol
// of the network.
func (n *network) collectorAddr() string {
	if n.frontServer != nil {
		return n.frontServer.Addr()
	}
	return n.collector.addr
}

// env returns the environment variables of a service that exports over the network.
func (n *network) env() []string {
	scheme, protocol := "http://", "grpc"
	if n.usesTLS {
		scheme = "https://"
	}
	if n.overHTTP {
		protocol = "http/protobuf"
	}
	env := []string{
		watch.ResolverVariable + "=" + n.dns.Addr(),
		"OTEL_EXPORTER_OTLP_INSECURE=",
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + scheme + net.JoinHostPort(collectorHost, n.port),
		"OTEL_EXPORTER_OTLP_PROTOCOL=" + protocol,
		"OTEL_EXPORTER_OTLP_HEADERS=api-key=" + apiKey,
	}
	if n.usesTLS {
		env = append(env,
			"OTEL_EXPORTER_OTLP_CERTIFICATE="+n.files.Authority,
			"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE="+n.files.Certificate,
			"OTEL_EXPORTER_OTLP_CLIENT_KEY="+n.files.Key)
	}
	return env
}

// resolveTo makes collectorHost resolve to the proxy with the index. The other proxy resets
// its connections, and new connections to it reach no server.
func (n *network) resolveTo(index int) {
	n.activeProxy = index
	n.proxies[index].Retarget(n.collectorAddr())
	n.dns.Set(collectorHost, collectorAddresses[index])
	other := n.proxies[1-index]
	other.Retarget(unusedAddress)
	other.Reset()
}

// freeze makes the active proxy stop forwarding on all current connections.
func (n *network) freeze() { n.proxies[n.activeProxy].Freeze() }

// blackhole makes the active proxy accept connections without forwarding data. If on is
// false, the proxy forwards data again.
func (n *network) blackhole(on bool) {
	n.proxies[n.activeProxy].Blackhole(on)
	if on {
		n.freeze()
	} else {
		n.reset()
	}
}

// reset makes the active proxy reset all current connections.
func (n *network) reset() { n.proxies[n.activeProxy].Reset() }

// moveCollector makes collectorHost resolve to the other of its addresses.
func (n *network) moveCollector() { n.resolveTo(1 - n.activeProxy) }

// renewCertificates replaces the CA certificate and the certificates of collector and
// client on disk.
func (n *network) renewCertificates() error {
	authority, err := certificate.NewAuthority()
	if err != nil {
		return err
	}
	files, issued, err := authority.Issue(n.dir, collectorHost)
	if err != nil {
		return err
	}
	n.files = files
	n.tlsConfig.Store(&tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, Certificates: []tls.Certificate{issued},
		ClientCAs: authority.Pool(), ClientAuth: tls.RequireAndVerifyClientCert,
	})
	return nil
}

// respondWith makes handler respond instead of the collector. If handler is nil, the
// collector responds again.
func (n *network) respondWith(handler http.Handler) {
	target := n.collectorAddr()
	if handler != nil {
		n.substituteHandler.Store(&handler)
		target = n.substituteServer.Addr()
	}
	n.proxies[n.activeProxy].Retarget(target)
	n.reset()
}

// describeMisdirectedExports describes exports that were sent to a wrong server, or returns "".
func (n *network) describeMisdirectedExports() string {
	if strange := n.redirectedRequests.Load(); strange > 0 {
		return fmt.Sprintf("%d exports followed a redirect to another server, want none", strange)
	}
	return ""
}

// close closes the servers and removes the certificates.
func (n *network) close() error {
	var problems []error
	for _, proxy := range n.proxies {
		if proxy != nil {
			problems = append(problems, proxy.Close())
		}
	}
	for _, server := range []*faultnet.Server{n.frontServer, n.substituteServer, n.redirectTarget} {
		if server != nil {
			problems = append(problems, server.Close())
		}
	}
	if n.dns != nil {
		problems = append(problems, n.dns.Close())
	}
	if n.dir != "" {
		problems = append(problems, os.RemoveAll(n.dir))
	}
	return errors.Join(problems...)
}
