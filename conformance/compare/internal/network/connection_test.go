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

// flushTimeout is longer than any flush in these tests takes.
const flushTimeout = 25 * time.Second

// TestFrozenConnectionIsReplaced freezes the connections that exports use.
func TestFrozenConnectionIsReplaced(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverConfig(tr))
		proxy := startProxyTo(t, c)
		tel := setup(t, variablesFor(tr, proxy.Addr(), id))
		tel.flush(5)
		for range 2 {
			proxy.Freeze()
			tel.flush(5)
		}
		tel.checkArrived(c)
	})
}

// serverConfig returns the TLS configuration of a collector with the transport.
func (id identity) serverConfig(tr transport) *tls.Config {
	if !tr.secure {
		return nil
	}
	return id.config(false)
}

// TestResetConnectionIsReplaced resets the connections while exports wait for a
// response.
func TestResetConnectionIsReplaced(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverConfig(tr))
		proxy := startProxyTo(t, c)
		tel := setup(t, variablesFor(tr, proxy.Addr(), id))
		tel.flush(5)
		var asked atomic.Int32
		c.SetResponse(func(context.Context, otlptest.Signal) error {
			if asked.Add(1) <= 3 {
				proxy.Reset()
			}
			return nil
		})
		tel.flush(5)
		tel.checkArrived(c)
	})
}

// TestCollectorThatIsAwayLosesNothing uses a collector that is down for longer than an
// export attempt takes: connections are refused or get no response.
func TestCollectorThatIsAwayLosesNothing(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverConfig(tr))
		proxy := startProxyTo(t, c)
		tel := setup(t, variablesFor(tr, proxy.Addr(), id))
		tel.flush(1)
		proxy.Blackhole(true)
		proxy.Reset()
		time.AfterFunc(2*time.Second, func() { proxy.Blackhole(false) })
		tel.flush(5)
		proxy.Retarget("127.0.0.1:1")
		proxy.Reset()
		time.AfterFunc(2*time.Second, func() { proxy.Retarget(c.address) })
		tel.flush(5)
		tel.checkArrived(c)
	})
}

// TestTimeoutsMeanTheSameOverBoth uses a collector that never responds. An attempt ends
// after OTEL_EXPORTER_OTLP_TIMEOUT, and an export, with several attempts, after
// OTEL_BSP_EXPORT_TIMEOUT or a similar variable.
func TestTimeoutsMeanTheSameOverBoth(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverConfig(tr))
		c.SetResponse(otlptest.BlackHole)
		variables := variablesFor(tr, c.address, id)
		variables["OTEL_EXPORTER_OTLP_TIMEOUT"] = "300"
		for _, name := range []string{"OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BLRP_EXPORT_TIMEOUT", "OTEL_METRIC_EXPORT_TIMEOUT"} {
			variables[name] = "4000"
		}
		tel := setup(t, variables)
		for _, line := range strings.Split(tel.String(), "\n") {
			for _, signal := range []string{"traces: ", "metrics: ", "logs: "} {
				if strings.HasPrefix(line, signal) && (!strings.Contains(line, "attempt 300ms") || !strings.Contains(line, "export 4s")) {
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

// useTestDNS makes the process use the test's DNS server. No other test may run in
// parallel.
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

// TestMovedCollectorIsFoundAgain moves a collector to another address of its name.
// Exports must take no longer than gRPC's minimum time between two DNS lookups.
func TestMovedCollectorIsFoundAgain(t *testing.T) {
	forEachTransportInTurn(t, func(t *testing.T, tr transport) {
		names := useTestDNS(t)
		id := newIdentity(t, t.TempDir())
		port := freePort(t)
		names.Set("collector.test", "127.0.0.1")
		first := startCollector(t, tr.protocol, "127.0.0.1:"+port, id.serverConfig(tr))
		variables := variablesFor(tr, "collector.test:"+port, id)
		for _, name := range []string{"OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BLRP_EXPORT_TIMEOUT", "OTEL_METRIC_EXPORT_TIMEOUT"} {
			variables[name] = "10000"
		}
		tel := setup(t, variables)
		tel.flush(5)
		second := startCollector(t, tr.protocol, "127.0.0.2:"+port, id.serverConfig(tr))
		first.stop()
		names.Set("collector.test", "127.0.0.2")
		tel.flush(5)
		tel.shutdown()
		tel.checkArrived(first, second)
	})
}

// TestAddressesAreBalanced exports over gRPC to a name with two addresses.
func TestAddressesAreBalanced(t *testing.T) {
	names := useTestDNS(t)
	port := freePort(t)
	names.Set("collector.test", "127.0.0.1", "127.0.0.2")
	one := startCollector(t, overGRPC, "127.0.0.1:"+port, nil)
	two := startCollector(t, overGRPC, "127.0.0.2:"+port, nil)
	tel := setup(t, variablesFor(transport{protocol: overGRPC}, "collector.test:"+port, identity{}))
	for range 20 {
		tel.flush(1)
	}
	tel.checkArrived(one, two)
	if len(one.Spans()) == 0 || len(two.Spans()) == 0 {
		t.Errorf("got %d and %d spans, want some at both", len(one.Spans()), len(two.Spans()))
	}
	two.stop() // stop one of the two
	tel.flush(5)
	tel.checkArrived(one, two)
}

// TestRenewedCertificatesAreReadAgain renews the CA certificate and the
// certificates of collector and client on disk.
func TestRenewedCertificatesAreReadAgain(t *testing.T) {
	forEachTLSTransport(t, func(t *testing.T, tr transport) {
		dir := t.TempDir()
		old := newIdentity(t, dir)
		first := startCollector(t, tr.protocol, "127.0.0.1:0", old.config(true))
		proxy := startProxyTo(t, first)
		variables := variablesFor(tr, proxy.Addr(), old)
		variables["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"] = old.files.Certificate
		variables["OTEL_EXPORTER_OTLP_CLIENT_KEY"] = old.files.Key
		tel := setup(t, variables)
		tel.flush(5)
		// The files are renewed after the collector uses the new certificate.
		renewed := t.TempDir()
		id := newIdentity(t, renewed)
		second := startCollector(t, tr.protocol, "127.0.0.1:0", id.config(true))
		proxy.Retarget(second.address)
		first.stop()
		time.AfterFunc(time.Second, func() {
			if _, _, err := id.authority.Issue(dir, "127.0.0.1"); err != nil {
				t.Error(err)
			}
		})
		tel.flush(5)
		tel.shutdown()
		tel.checkArrived(first, second)
	})
}

// TestHeadersOfAFunction exports with a token from a function. The function has no token
// at first, and the token changes.
func TestHeadersOfAFunction(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverConfig(tr))
		variables := variablesFor(tr, c.address, id)
		variables["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=old,other=1"
		var asked atomic.Int32
		tel := setup(t, variables, core.WithHeaders(func(context.Context) (map[string]string, error) {
			if asked.Add(1) <= 3 {
				return nil, errors.New("no token yet")
			}
			return map[string]string{"Authorization": "Bearer new"}, nil
		}))
		tel.flush(3)
		tel.checkArrived(c)
		for _, request := range c.Requests() {
			if got := request.Header["authorization"]; len(got) != 1 || got[0] != "Bearer new" {
				t.Errorf("%s: got authorization %q, want the function's alone", request.Signal, got)
			}
			if got := request.Header["other"]; len(got) != 1 || got[0] != "1" {
				t.Errorf("%s: got other %q, want that of the variable", request.Signal, got)
			}
		}
		if asked.Load() != 6 {
			t.Errorf("the function was called %d times, want once for each of 6 attempts", asked.Load())
		}
		if strings.Contains(tel.String(), "Bearer") || !strings.Contains(tel.String(), "those of a function") {
			t.Errorf("got %s\nwant that there is a function, and no credential", tel)
		}
	})
}

// TestHeadersThatFailAreTold exports with a function that never has a token, and with one
// that returns an invalid header.
func TestHeadersThatFailAreTold(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverConfig(tr))
		for want, headers := range map[string]func(context.Context) (map[string]string, error){
			"no token": func(context.Context) (map[string]string, error) { return nil, errors.New("no token") },
			"a\\\\nb":  func(context.Context) (map[string]string, error) { return map[string]string{"a\nb": "secret"}, nil },
		} {
			variables := variablesFor(tr, c.address, id)
			variables["OTEL_BSP_EXPORT_TIMEOUT"] = "100"
			variables["OTEL_METRICS_EXPORTER"], variables["OTEL_LOGS_EXPORTER"] = "none", "none"
			tel := setup(t, variables, core.WithHeaders(headers))
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

// TestHeadersThatAreLate exports with a function that blocks for some attempts and
// ignores its context, and with one that panics. Nothing may be lost.
func TestHeadersThatAreLate(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		never := make(chan struct{})
		t.Cleanup(func() { close(never) })
		for name, fault := range map[string]func(){"blocks": func() { <-never }, "panics": func() { panic("broken") }} {
			t.Run(name, func(t *testing.T) {
				id := newIdentity(t, t.TempDir())
				c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverConfig(tr))
				var asked atomic.Int32
				tel := setup(t, variablesFor(tr, c.address, id), core.WithHeaders(func(context.Context) (map[string]string, error) {
					if asked.Add(1) <= 3 {
						fault()
					}
					return map[string]string{"authorization": "Bearer new"}, nil
				}))
				tel.flush(3)
				tel.shutdown()
				tel.checkArrived(c)
			})
		}
	})
}

// TestHeadersThatNeverCome proves that a function that never returns does not delay a
// shutdown beyond its timeout, and that every span is accounted for.
func TestHeadersThatNeverCome(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		never := make(chan struct{})
		t.Cleanup(func() { close(never) })
		id := newIdentity(t, t.TempDir())
		c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverConfig(tr))
		tel := setup(t, variablesFor(tr, c.address, id), core.WithShutdownTimeout(time.Second),
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
