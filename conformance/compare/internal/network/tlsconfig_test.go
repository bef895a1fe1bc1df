package network

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samespan/samespan/core"
)

// forEachTLSTransport runs the test over the transports with TLS, in parallel like
// forEachTransport.
func forEachTLSTransport(t *testing.T, test func(*testing.T, transport)) {
	t.Helper()
	t.Parallel()
	for _, tr := range transports {
		if tr.usesTLS {
			t.Run(strings.ReplaceAll(tr.String(), "/", " "), func(t *testing.T) {
				t.Parallel()
				test(t, tr)
			})
		}
	}
}

// withoutEndpoint removes the endpoint and the CA certificate from the map variables, and
// returns the map.
func withoutEndpoint(variables map[string]string) map[string]string {
	delete(variables, "OTEL_EXPORTER_OTLP_ENDPOINT")
	delete(variables, "OTEL_EXPORTER_OTLP_CERTIFICATE")
	return variables
}

// TestEndpointInCodeIsUsed checks that all signals are exported to an endpoint that is
// set in code, with a TLS configuration that is set in code if the transport uses TLS.
func TestEndpointInCodeIsUsed(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		options := []core.Option{}
		var serving *tls.Config
		if tr.usesTLS {
			serving = id.serverTLSConfig(true)
			options = append(options, core.WithTLSConfig(&tls.Config{RootCAs: id.authority.Pool(), Certificates: []tls.Certificate{id.certificate}}))
		}
		c := startCollector(t, tr.protocol, "127.0.0.1:0", serving)
		tel := setUp(t, withoutEndpoint(variablesFor(tr, c.address, id)), append(options, core.WithEndpoint(tr.scheme()+c.address))...)
		tel.emitAndFlush(5)
		tel.shutdown()
		tel.checkArrived(c)
	})
}

// TestCertificateVariablesOverrideTLSConfig checks that the variables for the CA and the
// client certificate take precedence over WithTLSConfig. The certificates of WithTLSConfig
// are from another CA, so exports with them would fail.
func TestCertificateVariablesOverrideTLSConfig(t *testing.T) {
	forEachTLSTransport(t, func(t *testing.T, tr transport) {
		id, other := newIdentity(t, t.TempDir()), newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfig(true))
		variables := variablesFor(tr, c.address, id)
		variables["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"], variables["OTEL_EXPORTER_OTLP_CLIENT_KEY"] = id.files.Certificate, id.files.Key
		tel := setUp(t, variables, core.WithTLSConfig(&tls.Config{
			RootCAs:              other.authority.Pool(),
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &other.certificate, nil },
		}))
		tel.emitAndFlush(5)
		tel.checkArrived(c)
	})
}

// TestCAVariableOverridesInsecureSkipVerify checks that the collector is verified with
// the CA certificate of a variable, even if the configuration in code disables
// verification.
func TestCAVariableOverridesInsecureSkipVerify(t *testing.T) {
	forEachTLSTransport(t, func(t *testing.T, tr transport) {
		id, other := newIdentity(t, t.TempDir()), newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfig(false))
		variables := variablesFor(tr, c.address, other)
		for _, name := range []string{"OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BLRP_EXPORT_TIMEOUT", "OTEL_METRIC_EXPORT_TIMEOUT"} {
			variables[name] = "1000"
		}
		tel := setUp(t, variables, core.WithTLSConfig(&tls.Config{InsecureSkipVerify: true})) //nolint:gosec // it is what the variable replaces
		tel.emit(1)
		if err := tel.ForceFlush(t.Context()); err == nil || len(c.Requests()) != 0 {
			t.Errorf("got %v and %d requests, want none at a collector that is not trusted", err, len(c.Requests()))
		}
	})
}

// TestRenewedTLSConfigIsUsed checks that exports use a renewed CA and client certificate
// if the functions in the TLS configuration return them.
func TestRenewedTLSConfigIsUsed(t *testing.T) {
	forEachTLSTransport(t, func(t *testing.T, tr transport) {
		old, renewed := newIdentity(t, t.TempDir()), newIdentity(t, t.TempDir())
		oldCollector := startCollector(t, tr.protocol, "127.0.0.1:0", old.serverTLSConfig(true))
		proxy := startProxyTo(t, oldCollector)
		var current atomic.Pointer[identity]
		current.Store(&old)
		tel := setUp(t, withoutEndpoint(variablesFor(tr, proxy.Addr(), old)), core.WithEndpoint(tr.scheme()+proxy.Addr()), core.WithTLSConfig(&tls.Config{
			InsecureSkipVerify:   true, //nolint:gosec // VerifyConnection does, with the authority of that time
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &current.Load().certificate, nil },
			VerifyConnection: func(state tls.ConnectionState) error {
				_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: state.ServerName, Roots: current.Load().authority.Pool()})
				return err
			},
		}))
		tel.emitAndFlush(5)
		second := startCollector(t, tr.protocol, "127.0.0.1:0", renewed.serverTLSConfig(true))
		proxy.Retarget(second.address)
		oldCollector.stop()
		time.AfterFunc(time.Second, func() { current.Store(&renewed) })
		tel.emitAndFlush(5)
		tel.shutdown()
		tel.checkArrived(oldCollector, second)
	})
}

// TestFailingTLSFunctionsLoseNothing checks that nothing is lost if a function in the TLS
// configuration returns an error, panics or blocks in some attempts.
func TestFailingTLSFunctionsLoseNothing(t *testing.T) {
	forEachTLSTransport(t, func(t *testing.T, tr transport) {
		never := make(chan struct{})
		t.Cleanup(func() { close(never) })
		for name, fault := range map[string]func() error{
			"no certificate yet": func() error { return errors.New("no certificate yet") },
			"panicked: broken":   func() error { panic("broken") },
			"no response within": func() error { <-never; return nil },
		} {
			t.Run(name, func(t *testing.T) {
				id := newIdentity(t, t.TempDir())
				c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfig(true))
				var calls atomic.Int32
				tel := setUp(t, withoutEndpoint(variablesFor(tr, c.address, id)), core.WithEndpoint("https://"+c.address), core.WithTLSConfig(&tls.Config{
					RootCAs: id.authority.Pool(),
					GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
						if calls.Add(1) <= 3 {
							if err := fault(); err != nil {
								return nil, err
							}
						}
						return &id.certificate, nil
					},
				}))
				tel.emitAndFlush(3)
				tel.shutdown()
				tel.checkArrived(c)
			})
		}
	})
}

// TestPanickingTLSFunctionIsReported checks that the log names WithTLSConfig if a
// function in the TLS configuration always panics, and that the shutdown does not exceed
// its timeout.
func TestPanickingTLSFunctionIsReported(t *testing.T) {
	forEachTLSTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfig(true))
		tel := setUp(t, withoutEndpoint(variablesFor(tr, c.address, id)), core.WithEndpoint("https://"+c.address), core.WithShutdownTimeout(2*time.Second),
			core.WithTLSConfig(&tls.Config{RootCAs: id.authority.Pool(), GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { panic("broken") }}))
		tel.emit(1)
		began := time.Now()
		err := tel.Shutdown(t.Context())
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the shutdown took %v, want 2 s", took)
		}
		if !errors.Is(err, core.ErrLost) || !strings.Contains(tel.log.String(), "WithTLSConfig: GetClientCertificate panicked: broken") {
			t.Errorf("got %v and in the log\n%s", err, tel.log)
		}
	})
}
