package network

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/log"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/certificate"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/internal/logtest"
)

// transport is a protocol for exports, with or without TLS.
type transport struct {
	protocol string // overGRPC or overHTTP
	usesTLS  bool
}

func (tr transport) String() string {
	if tr.usesTLS {
		return tr.protocol + " with TLS"
	}
	return tr.protocol
}

// scheme returns the scheme of a collector's URL, with "://".
func (tr transport) scheme() string {
	if tr.usesTLS {
		return "https://"
	}
	return "http://"
}

// Values of transport.protocol and of OTEL_EXPORTER_OTLP_PROTOCOL.
const (
	overGRPC = "grpc"
	overHTTP = "http/protobuf"
)

// transports are all transports. With TLS, HTTP is HTTP/2.
var transports = []transport{{overGRPC, false}, {overGRPC, true}, {overHTTP, false}, {overHTTP, true}}

// forEachTransport runs the test over every transport. The runs are parallel to each
// other and to other tests, since they mostly wait.
func forEachTransport(t *testing.T, test func(*testing.T, transport)) {
	t.Helper()
	t.Parallel()
	forEachTransportInTurn(t, func(t *testing.T, tr transport) {
		t.Parallel()
		test(t, tr)
	})
}

// forEachTransportInTurn runs the test over one transport after the other.
func forEachTransportInTurn(t *testing.T, test func(*testing.T, transport)) {
	t.Helper()
	for _, tr := range transports {
		t.Run(strings.ReplaceAll(tr.String(), "/", " "), func(t *testing.T) { test(t, tr) })
	}
}

// identity is a certificate of collectors and clients, with the CA that has issued it.
type identity struct {
	files       certificate.Files      // files with the certificate, its key and the CA certificate
	authority   *certificate.Authority // the CA
	certificate tls.Certificate
}

// newIdentity issues a certificate from a new CA, for collectors and clients. It writes the
// files to dir.
func newIdentity(t *testing.T, dir string) identity {
	t.Helper()
	authority, err := certificate.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	files, issued, err := authority.Issue(dir, "127.0.0.1", "127.0.0.2", "collector.test")
	if err != nil {
		t.Fatal(err)
	}
	return identity{files, authority, issued}
}

// serverTLSConfig returns a server's TLS configuration. If mutual is set, it requires a client
// certificate from the same CA.
func (id identity) serverTLSConfig(mutual bool) *tls.Config {
	config := &tls.Config{Certificates: []tls.Certificate{id.certificate}}
	if mutual {
		config.ClientCAs, config.ClientAuth = id.authority.Pool(), tls.RequireAndVerifyClientCert
	}
	return config
}

// collector is a receiver for one transport.
type collector struct {
	*otlptest.Server
	address string // the address that the receiver listens on
	stop    func() // closes the receiver, so that connections are refused
}

// startCollector starts a collector on address. It runs until the test ends or stop is
// called. config is nil without TLS.
func startCollector(t *testing.T, protocol, address string, config *tls.Config) collector {
	t.Helper()
	var c collector
	var err error
	if protocol == overGRPC {
		options := []otlptest.Option{otlptest.WithAddr(address)}
		if config != nil {
			options = append(options, otlptest.WithTLS(config))
		}
		if c.Server, err = otlptest.NewServer(options...); err != nil {
			t.Fatal(err)
		}
		c.address = c.Addr()
		c.stop = sync.OnceFunc(func() { _ = c.Close() })
	} else {
		if c.Server, err = otlptest.NewServer(); err != nil {
			t.Fatal(err)
		}
		server, err := faultnet.Serve(address, config, c.Server)
		if err != nil {
			t.Fatal(err)
		}
		c.address = server.Addr()
		c.stop = sync.OnceFunc(func() { _, _ = server.Close(), c.Close() })
	}
	t.Cleanup(c.stop)
	return c
}

// testTelemetry is the telemetry of a test, with methods that record items: spans, log
// records and increments of a counter. With variablesFor, it exports only when it is
// flushed.
type testTelemetry struct {
	*core.Telemetry
	t         *testing.T
	log       *logtest.Buffer
	itemCount int // emitted spans, and as many log records and increments
}

// environmentMu guards the environment of the process. A test that holds it may set
// OpenTelemetry variables, and removes them before it releases the mutex.
var environmentMu sync.Mutex

// setVariable sets a variable, or removes it if value is "". The caller must hold
// environmentMu.
func setVariable(t *testing.T, name, value string) {
	t.Helper()
	err := os.Unsetenv(name)
	if value != "" {
		err = os.Setenv(name, value) //nolint:usetesting // tests run in parallel
	}
	if err != nil {
		t.Error(err)
	}
}

// setUp calls core.Setup with only the given OpenTelemetry variables set.
func setUp(t *testing.T, variables map[string]string, options ...core.Option) *testTelemetry {
	t.Helper()
	logged := new(logtest.Buffer)
	environmentMu.Lock()
	for name, value := range variables {
		setVariable(t, name, value)
	}
	tel, err := core.Setup(t.Context(), append([]core.Option{
		core.WithLogger(slog.New(slog.NewTextHandler(logged, nil))), core.WithShutdownTimeout(flushTimeout), core.WithoutGlobals(),
	}, options...)...)
	for name := range variables {
		setVariable(t, name, "")
	}
	environmentMu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.Background()) })
	return &testTelemetry{Telemetry: tel, t: t, log: logged}
}

// variablesFor returns the variables for exports to a collector at address. Items are
// exported only by a flush. The timeout of attempts is short, to keep tests with several
// attempts short.
func variablesFor(tr transport, address string, id identity) map[string]string {
	variables := map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": tr.scheme() + address, "OTEL_EXPORTER_OTLP_PROTOCOL": tr.protocol,
		"OTEL_EXPORTER_OTLP_TIMEOUT": "500", "OTEL_BSP_SCHEDULE_DELAY": "600000", "OTEL_BLRP_SCHEDULE_DELAY": "600000",
		"OTEL_METRIC_EXPORT_INTERVAL": "600000",
	}
	if tr.usesTLS {
		variables["OTEL_EXPORTER_OTLP_CERTIFICATE"] = id.files.Authority
	}
	return variables
}

// emit records n spans, n log records and n increments of a counter.
func (tel *testTelemetry) emit(n int) {
	tel.t.Helper()
	counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
	if err != nil {
		tel.t.Fatal(err)
	}
	for range n {
		_, span := tel.TracerProvider().Tracer("test").Start(tel.t.Context(), fmt.Sprint("span ", tel.itemCount))
		span.End()
		tel.LoggerProvider().Logger("test").Emit(tel.t.Context(), log.Record{})
		counter.Add(tel.t.Context(), 1)
		tel.itemCount++
	}
}

// emitAndFlush calls emit and flushes the telemetry. It reports an error if the flush
// fails.
func (tel *testTelemetry) emitAndFlush(n int) {
	tel.t.Helper()
	tel.emit(n)
	if err := tel.ForceFlush(tel.t.Context()); err != nil {
		tel.t.Errorf("got %v\n%s", err, tel.log)
	}
}

// shutdown shuts down the telemetry, and reports an error if the shutdown fails.
func (tel *testTelemetry) shutdown() {
	tel.t.Helper()
	if err := tel.Shutdown(tel.t.Context()); err != nil {
		tel.t.Errorf("got %v\n%s", err, tel.log)
	}
}

// checkArrived checks that the collectors together have received everything that was
// emitted.
func (tel *testTelemetry) checkArrived(collectors ...collector) {
	tel.t.Helper()
	spans, records := make(map[string]bool), 0
	metrics := false
	for _, c := range collectors {
		for _, span := range c.Spans() {
			spans[span.Name()] = true
		}
		records += len(c.Logs())
		for _, point := range c.Points("things") {
			metrics = metrics || fmt.Sprint(point.Value) == fmt.Sprint(tel.itemCount)
		}
	}
	// Exports sent on a broken connection may have been received twice.
	if len(spans) != tel.itemCount || records < tel.itemCount || !metrics {
		tel.t.Errorf("got %d spans, %d records and the sum of all: %t, want %d spans and records\n%s", len(spans), records, metrics, tel.itemCount, tel.log)
	}
	stats := tel.Stats()
	if stats.Traces.Failed+stats.Logs.Failed+stats.Metrics.Failed+stats.Traces.Dropped+stats.Logs.Dropped != 0 {
		tel.t.Errorf("got %+v, want nothing lost", stats)
	}
}

// startProxyTo starts a proxy in front of a collector.
func startProxyTo(t *testing.T, c collector) *faultnet.Proxy {
	t.Helper()
	proxy, err := faultnet.NewProxy(c.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	return proxy
}

// freePort returns a port that is not in use on this machine, for collectors at several
// loopback addresses.
func freePort(t *testing.T) string {
	t.Helper()
	address, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// countingHandler counts requests and forwards them to Handler. If Handler is nil, it sends
// an empty response with status 200.
type countingHandler struct {
	http.Handler
	mu sync.Mutex
	n  int // number of requests
}

func (c *countingHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
	if c.Handler != nil {
		c.Handler.ServeHTTP(w, r)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
}

func (c *countingHandler) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}
