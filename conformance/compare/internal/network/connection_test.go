package network

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
	"github.com/samespan/samespan/core"
)

// flushTimeout limits each flush. No flush in these tests should take this long.
const flushTimeout = 25 * time.Second

// TestFrozenConnectionIsReplaced checks that exports use a new connection when the current
// connection freezes. A frozen connection stays open, but no data passes.
func TestFrozenConnectionIsReplaced(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		proxy := startProxyTo(t, c)
		tel := setUp(t, variablesFor(tr, proxy.Addr(), id))
		tel.emitAndFlush(5)
		for range 2 {
			proxy.Freeze()
			tel.emitAndFlush(5)
		}
		tel.checkArrived(c)
	})
}

// serverTLSConfigFor returns the TLS configuration of a collector for the transport, or nil
// for a transport without TLS.
func (id identity) serverTLSConfigFor(tr transport) *tls.Config {
	if !tr.usesTLS {
		return nil
	}
	return id.serverTLSConfig(false)
}

// TestResetConnectionIsReplaced checks that nothing is lost if connections are reset
// while exports wait for a response.
func TestResetConnectionIsReplaced(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		proxy := startProxyTo(t, c)
		tel := setUp(t, variablesFor(tr, proxy.Addr(), id))
		tel.emitAndFlush(5)
		var calls atomic.Int32
		c.SetResponse(func(context.Context, otlptest.Signal) error {
			if calls.Add(1) <= 3 {
				proxy.Reset()
			}
			return nil
		})
		tel.emitAndFlush(5)
		tel.checkArrived(c)
	})
}

// TestUnavailableCollectorLosesNothing checks that nothing is lost while the collector is
// down for longer than an export attempt takes. Connections are refused or get no
// response.
func TestUnavailableCollectorLosesNothing(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		proxy := startProxyTo(t, c)
		tel := setUp(t, variablesFor(tr, proxy.Addr(), id))
		tel.emitAndFlush(1)
		proxy.Blackhole(true)
		proxy.Reset()
		time.AfterFunc(2*time.Second, func() { proxy.Blackhole(false) })
		tel.emitAndFlush(5)
		proxy.Retarget("127.0.0.1:1")
		proxy.Reset()
		time.AfterFunc(2*time.Second, func() { proxy.Retarget(c.address) })
		tel.emitAndFlush(5)
		tel.checkArrived(c)
	})
}

// TestTimeoutsAreEqualOverGRPCAndHTTP checks that timeouts have the same effect over gRPC and
// HTTP if a collector never responds. An attempt ends after OTEL_EXPORTER_OTLP_TIMEOUT. An
// export of spans, with several attempts, ends after OTEL_BSP_EXPORT_TIMEOUT. Each of the
// other signals has its own variable.
func TestTimeoutsAreEqualOverGRPCAndHTTP(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		c.SetResponse(otlptest.BlackHole)
		variables := variablesFor(tr, c.address, id)
		variables["OTEL_EXPORTER_OTLP_TIMEOUT"] = "300"
		for _, name := range []string{"OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BLRP_EXPORT_TIMEOUT", "OTEL_METRIC_EXPORT_TIMEOUT"} {
			variables[name] = "4000"
		}
		tel := setUp(t, variables)
		for _, line := range strings.Split(tel.String(), "\n") {
			for _, signal := range []string{"traces: ", "metrics: ", "logs: "} {
				if strings.HasPrefix(line, signal) && (!strings.Contains(line, "attempt timeout 300ms") || !strings.Contains(line, "export timeout 4s")) {
					t.Errorf("got %q, want both times", line)
				}
			}
		}
		tel.emit(1)
		began := time.Now()
		err := tel.ForceFlush(t.Context())
		took := time.Since(began)
		if err == nil || !strings.Contains(err.Error(), "1 span lost") || took < 3900*time.Millisecond || took > 10*time.Second {
			t.Errorf("got %v after %v, want a span lost after 4 s", err, took)
		}
		c.SetResponse(nil)
		attempts := make(map[otlptest.Signal]int)
		for _, request := range c.Requests() {
			attempts[request.Signal]++
		}
		for _, signal := range []otlptest.Signal{otlptest.Traces, otlptest.Metrics, otlptest.Logs} {
			if attempts[signal] < 2 {
				t.Errorf("got %d attempts for %s, want several within the export", attempts[signal], signal)
			}
		}
	})
}

// useTestDNS makes the process use the DNS server that it returns. The test must not run
// in parallel with others.
func useTestDNS(t *testing.T) *faultnet.Names {
	t.Helper()
	names, err := faultnet.NewNames()
	if err != nil {
		t.Fatal(err)
	}
	before := net.DefaultResolver
	net.DefaultResolver = names.Resolver()
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = names.Close()
	})
	return names
}

// TestMovedCollectorIsFollowed checks that exports follow a collector whose name resolves to
// another address. They may take as long as gRPC's minimum time between two DNS lookups,
// but not longer.
func TestMovedCollectorIsFollowed(t *testing.T) {
	forEachTransportInTurn(t, func(t *testing.T, tr transport) {
		names := useTestDNS(t)
		id := newIdentity(t, t.TempDir())
		port := freePort(t)
		names.Set("collector.test", "127.0.0.1")
		oldCollector := startCollector(t, tr.protocol, "127.0.0.1:"+port, id.serverTLSConfigFor(tr))
		variables := variablesFor(tr, "collector.test:"+port, id)
		for _, name := range []string{"OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BLRP_EXPORT_TIMEOUT", "OTEL_METRIC_EXPORT_TIMEOUT"} {
			variables[name] = "10000"
		}
		tel := setUp(t, variables)
		tel.emitAndFlush(5)
		newCollector := startCollector(t, tr.protocol, "127.0.0.2:"+port, id.serverTLSConfigFor(tr))
		oldCollector.stop()
		names.Set("collector.test", "127.0.0.2")
		tel.emitAndFlush(5)
		tel.shutdown()
		tel.checkArrived(oldCollector, newCollector)
	})
}

// TestExportsUseAllAddresses checks that exports over gRPC use both addresses of a name.
func TestExportsUseAllAddresses(t *testing.T) {
	names := useTestDNS(t)
	port := freePort(t)
	names.Set("collector.test", "127.0.0.1", "127.0.0.2")
	firstCollector := startCollector(t, overGRPC, "127.0.0.1:"+port, nil)
	secondCollector := startCollector(t, overGRPC, "127.0.0.2:"+port, nil)
	tel := setUp(t, variablesFor(transport{protocol: overGRPC}, "collector.test:"+port, identity{}))
	for range 20 {
		tel.emitAndFlush(1)
	}
	tel.checkArrived(firstCollector, secondCollector)
	if len(firstCollector.Spans()) == 0 || len(secondCollector.Spans()) == 0 {
		t.Errorf("got %d and %d spans, want some at both", len(firstCollector.Spans()), len(secondCollector.Spans()))
	}
	secondCollector.stop() // exports continue to firstCollector
	tel.emitAndFlush(5)
	tel.checkArrived(firstCollector, secondCollector)
}

// TestRenewedCertificatesAreReadAgain checks that exports continue when the CA
// certificate and the certificates of collector and client are renewed on disk.
func TestRenewedCertificatesAreReadAgain(t *testing.T) {
	forEachTLSTransport(t, func(t *testing.T, tr transport) {
		dir := t.TempDir()
		old := newIdentity(t, dir)
		oldCollector := startCollector(t, tr.protocol, "127.0.0.1:0", old.serverTLSConfig(true))
		proxy := startProxyTo(t, oldCollector)
		variables := variablesFor(tr, proxy.Addr(), old)
		variables["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"] = old.files.Certificate
		variables["OTEL_EXPORTER_OTLP_CLIENT_KEY"] = old.files.Key
		tel := setUp(t, variables)
		tel.emitAndFlush(5)
		// The collector changes to the new certificate first, and the client's files are
		// renewed a second later.
		id := newIdentity(t, t.TempDir())
		newCollector := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfig(true))
		proxy.Retarget(newCollector.address)
		oldCollector.stop()
		time.AfterFunc(time.Second, func() {
			if _, _, err := id.authority.Issue(dir, "127.0.0.1"); err != nil {
				t.Error(err)
			}
		})
		tel.emitAndFlush(5)
		tel.shutdown()
		tel.checkArrived(oldCollector, newCollector)
	})
}

// TestExportsHaveHeadersOfFunction checks that each export has the token that the function
// of WithHeaders returns. The first calls return an error, after which exports must be
// retried.
func TestExportsHaveHeadersOfFunction(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		variables := variablesFor(tr, c.address, id)
		variables["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=old,other=1"
		var calls atomic.Int32
		tel := setUp(t, variables, core.WithHeaders(func(context.Context) (map[string]string, error) {
			if calls.Add(1) <= 3 {
				return nil, errors.New("no token yet")
			}
			return map[string]string{"Authorization": "Bearer new"}, nil
		}))
		tel.emitAndFlush(3)
		tel.checkArrived(c)
		for _, request := range c.Requests() {
			if got := request.Header["authorization"]; len(got) != 1 || got[0] != "Bearer new" {
				t.Errorf("%s: got authorization %q, want the function's alone", request.Signal, got)
			}
			if got := request.Header["other"]; len(got) != 1 || got[0] != "1" {
				t.Errorf("%s: got other %q, want that of the variable", request.Signal, got)
			}
		}
		if calls.Load() != 6 {
			t.Errorf("the function was called %d times, want once for each of 6 attempts", calls.Load())
		}
		if strings.Contains(tel.String(), "Bearer") || !strings.Contains(tel.String(), "from the function of WithHeaders") {
			t.Errorf("got %s\nwant that there is a function, and no credential", tel)
		}
	})
}

// TestFailingHeaderFunctionIsReported checks that the log reports a function of
// WithHeaders that always returns an error, and a function that returns an invalid header.
func TestFailingHeaderFunctionIsReported(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		for want, headers := range map[string]func(context.Context) (map[string]string, error){
			"no token": func(context.Context) (map[string]string, error) { return nil, errors.New("no token") },
			"a\\\\nb":  func(context.Context) (map[string]string, error) { return map[string]string{"a\nb": "secret"}, nil },
		} {
			variables := variablesFor(tr, c.address, id)
			variables["OTEL_BSP_EXPORT_TIMEOUT"] = "100"
			variables["OTEL_METRICS_EXPORTER"], variables["OTEL_LOGS_EXPORTER"] = "none", "none"
			tel := setUp(t, variables, core.WithHeaders(headers))
			_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "span")
			span.End()
			err := tel.Shutdown(t.Context())
			if err == nil || !strings.Contains(tel.log.String(), "WithHeaders") || !strings.Contains(tel.log.String(), want) {
				t.Errorf("got %v and in the log\n%s\nwant %q", err, tel.log, want)
			}
			if strings.Contains(tel.log.String(), "secret") {
				t.Errorf("got a value in the log:\n%s", tel.log)
			}
		}
		if n := len(c.Requests()); n != 0 {
			t.Errorf("got %d requests, want none", n)
		}
	})
}

// TestFailingHeaderFunctionLosesNothing checks that nothing is lost if, in some attempts,
// the function of WithHeaders panics, or blocks and ignores its context.
func TestFailingHeaderFunctionLosesNothing(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		never := make(chan struct{})
		t.Cleanup(func() { close(never) })
		for name, fault := range map[string]func(){"blocks": func() { <-never }, "panics": func() { panic("broken") }} {
			t.Run(name, func(t *testing.T) {
				id := newIdentity(t, t.TempDir())
				c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
				var calls atomic.Int32
				tel := setUp(t, variablesFor(tr, c.address, id), core.WithHeaders(func(context.Context) (map[string]string, error) {
					if calls.Add(1) <= 3 {
						fault()
					}
					return map[string]string{"authorization": "Bearer new"}, nil
				}))
				tel.emitAndFlush(3)
				tel.shutdown()
				tel.checkArrived(c)
			})
		}
	})
}

// TestBlockedHeaderFunctionDoesNotDelayShutdown checks that a function of WithHeaders that
// never returns does not delay a shutdown beyond its timeout, and that every span is
// counted as lost.
func TestBlockedHeaderFunctionDoesNotDelayShutdown(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		never := make(chan struct{})
		t.Cleanup(func() { close(never) })
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
		tel := setUp(t, variablesFor(tr, c.address, id), core.WithShutdownTimeout(time.Second),
			core.WithHeaders(func(context.Context) (map[string]string, error) { <-never; return nil, nil }))
		tel.emit(3)
		began := time.Now()
		err := tel.Shutdown(t.Context())
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("the shutdown took %v, want a second", took)
		}
		if s := tel.Stats().Traces; err == nil || s.Ended != 3 || s.Failed+s.Dropped != 3 {
			t.Errorf("got %v and %+v, want the loss of 3 spans", err, s)
		}
	})
}
