package core

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// collectorStarter starts collectors and servers for a test, for one OTLP protocol. Its
// methods return an address, except startReceiver, which returns the collector.
type collectorStarter struct {
	*testing.T
	protocol string // settings.ProtocolGRPC or settings.ProtocolHTTP
}

// startCollector starts a collector for the protocol. It uses TLS unless config is nil.
func (p collectorStarter) startCollector(config *tls.Config) string {
	p.Helper()
	return p.startReceiver(p.protocol, config).address
}

// startOtherProtocolCollector starts a collector for the other OTLP protocol.
func (p collectorStarter) startOtherProtocolCollector() string {
	p.Helper()
	if p.protocol == settings.ProtocolHTTP {
		return p.startReceiver(settings.ProtocolGRPC, nil).address
	}
	return p.startReceiver(settings.ProtocolHTTP, nil).address
}

// startRefusingCollector starts a collector that refuses every export with refusal.
func (p collectorStarter) startRefusingCollector(refusal error) string {
	p.Helper()
	r := p.startReceiver(p.protocol, nil)
	r.setAnswer(func(string) answer { return answer{err: refusal} })
	return r.address
}

// startReceiver is like startCollector, but takes the protocol as a parameter and returns
// the collector instead of its address.
func (p collectorStarter) startReceiver(protocol string, config *tls.Config) *receiver {
	p.Helper()
	if protocol == settings.ProtocolHTTP {
		return newHTTPReceiver(p.T, config)
	}
	return newReceiver(p.T, config)
}

// serveStatus starts an HTTP server that answers every request with the status code.
func (p collectorStarter) serveStatus(code int) string {
	p.Helper()
	return p.serve(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "says the proxy", code) })
}

// serve starts an HTTP server that also accepts HTTP/2 without TLS, as gRPC needs.
func (p collectorStarter) serve(handler http.HandlerFunc) string {
	p.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	p.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// TestExportErrorLogNamesSettingToChange proves over real connections that the log
// line about a failed export names the collector, the reason and the setting to
// change, and that the metrics report the right error.type.
func TestExportErrorLogNamesSettingToChange(t *testing.T) {
	server, untrusted := newTestCertificate(t), newTestCertificate(t)
	secure := &tls.Config{Certificates: []tls.Certificate{server.certificate}}
	mutual := &tls.Config{Certificates: []tls.Certificate{server.certificate}, ClientCAs: untrusted.certPool(), ClientAuth: tls.RequireAndVerifyClientCert}
	var cases []*adviceCase
	for _, test := range []struct {
		name string
		// endpoint starts a server and returns the endpoint, with its scheme.
		endpoint func(collectorStarter) string
		// protocol is the only protocol of the case. If it is empty, the case runs with
		// both.
		protocol  string
		variables []string
		errorType string
		reason    string
		advice    string
	}{
		{
			name: "TLS to a plain port", errorType: "tls", advice: "the collector does not speak TLS at this address: set the scheme of OTEL_EXPORTER_OTLP_ENDPOINT to http://",
			endpoint: func(p collectorStarter) string { return "https://" + p.startCollector(nil) },
		},
		{
			name: "plain to a TLS port", errorType: "tls", advice: "if it requires TLS, set the scheme of OTEL_EXPORTER_OTLP_ENDPOINT to https://",
			endpoint: func(p collectorStarter) string { return "http://" + p.startCollector(secure) },
		},
		{
			name: "unknown authority", errorType: "server_certificate_invalid", reason: "unknown authority", advice: "set OTEL_EXPORTER_OTLP_CERTIFICATE to the file",
			endpoint: func(p collectorStarter) string { return "https://" + p.startCollector(secure) },
		},
		{
			name: "another name", errorType: "server_certificate_invalid", reason: "localhost", advice: "OTEL_EXPORTER_OTLP_ENDPOINT must have a host name",
			variables: []string{"OTEL_EXPORTER_OTLP_CERTIFICATE", server.certFile},
			endpoint: func(p collectorStarter) string {
				_, port, _ := net.SplitHostPort(p.startCollector(secure))
				return "https://localhost:" + port
			},
		},
		{
			name: "no client certificate", errorType: "client_certificate_invalid", advice: "set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY",
			variables: []string{"OTEL_EXPORTER_OTLP_CERTIFICATE", server.certFile},
			endpoint:  func(p collectorStarter) string { return "https://" + p.startCollector(mutual) },
		},
		{
			name: "no such name", errorType: "name_resolution_error", advice: "this machine cannot resolve the host name in OTEL_EXPORTER_OTLP_ENDPOINT",
			endpoint: func(collectorStarter) string { return "http://collector..invalid:4317" },
		},
		{
			name: "refused", errorType: "connection_refused", reason: "connection refused", advice: "start the collector or correct OTEL_EXPORTER_OTLP_ENDPOINT; if there is no collector, set OTEL_TRACES_EXPORTER to none",
			// Nothing listens on port 1. A free port from the system might
			// be taken by another case meanwhile.
			endpoint: func(collectorStarter) string { return "http://127.0.0.1:1" },
		},
		{
			name: "no socket", protocol: settings.ProtocolGRPC, errorType: "connection_refused", reason: "no such file", advice: "start the collector",
			endpoint: func(collectorStarter) string { return "unix:/no/such.sock" },
		},
		{
			name: "black hole", errorType: "timeout", advice: "too low a value of OTEL_EXPORTER_OTLP_TIMEOUT",
			endpoint: func(p collectorStarter) string { return "http://" + blackHoleAddress(p.T) },
		},
		{
			name: "the other protocol", errorType: "protocol", advice: "or set OTEL_EXPORTER_OTLP_PROTOCOL to ",
			endpoint: func(p collectorStarter) string { return "http://" + p.startOtherProtocolCollector() },
		},
		{
			name: "no credentials", protocol: settings.ProtocolGRPC, errorType: "unauthorized", reason: "no token", advice: "check OTEL_EXPORTER_OTLP_HEADERS",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.startRefusingCollector(status.Error(codes.Unauthenticated, "no token"))
			},
		},
		{
			name: "a proxy's 401", errorType: "unauthorized", reason: "401", advice: "check OTEL_EXPORTER_OTLP_HEADERS",
			endpoint: func(p collectorStarter) string { return "http://" + p.serveStatus(http.StatusUnauthorized) },
		},
		{
			name: "a proxy's 403", errorType: "unauthorized", reason: "403", advice: "check OTEL_EXPORTER_OTLP_HEADERS",
			endpoint: func(p collectorStarter) string { return "http://" + p.serveStatus(http.StatusForbidden) },
		},
		{
			name: "a proxy's 413", errorType: "too_large", reason: "413", advice: "of a proxy in front of it, or lower OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
			endpoint: func(p collectorStarter) string { return "http://" + p.serveStatus(http.StatusRequestEntityTooLarge) },
		},
		{
			name: "a proxy's 429", errorType: "resource_exhausted", reason: "429", advice: "rate-limits this service",
			endpoint: func(p collectorStarter) string { return "http://" + p.serveStatus(http.StatusTooManyRequests) },
		},
		{
			name: "a proxy's 502", errorType: "unavailable", reason: "502", advice: "check ",
			endpoint: func(p collectorStarter) string { return "http://" + p.serveStatus(http.StatusBadGateway) },
		},
		{
			name: "a proxy's 503", errorType: "unavailable", reason: "503", advice: "check ",
			endpoint: func(p collectorStarter) string { return "http://" + p.serveStatus(http.StatusServiceUnavailable) },
		},
		{
			name: "a page", errorType: "not_otlp", reason: "200", advice: "correct OTEL_EXPORTER_OTLP_ENDPOINT, including its path",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.serve(func(w http.ResponseWriter, _ *http.Request) {
					_, _ = io.WriteString(w, "<!doctype html><title>Log in</title>")
				})
			},
		},
		{
			name: "a login", errorType: "redirected", reason: "302", advice: "set OTEL_EXPORTER_OTLP_ENDPOINT to the collector's own",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.serve(func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, "https://login.test/?secret=1", http.StatusFound)
				})
			},
		},
		{
			name: "delta where cumulative is taken", protocol: settings.ProtocolGRPC, errorType: "temporality", reason: "invalid temporality", advice: "set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.startRefusingCollector(status.Error(codes.InvalidArgument, "invalid temporality and type combination"))
			},
		},
		{
			name: "too large for a server that calls it out of range", protocol: settings.ProtocolGRPC, errorType: "too_large", reason: "length too large", advice: "raise the size limit",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.startRefusingCollector(status.Error(codes.OutOfRange, "decoded message length too large: found 9 bytes"))
			},
		},
		{
			name: "too large for a proxy that answers as gRPC does", protocol: settings.ProtocolGRPC, errorType: "too_large", reason: "Payload Too Large", advice: "of a proxy in front of it",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.startRefusingCollector(status.Error(codes.Unknown, "Payload Too Large"))
			},
		},
		{
			name: "headers that are too large", errorType: "headers_too_large", reason: "431", advice: "shorten OTEL_EXPORTER_OTLP_HEADERS",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.serveStatus(http.StatusRequestHeaderFieldsTooLarge)
			},
		},
		{
			name: "no such service", protocol: settings.ProtocolGRPC, errorType: "not_found", advice: "check its receivers and pipelines",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.startRefusingCollector(status.Error(codes.Unimplemented, "unknown service"))
			},
		},
		{
			name: "no gzip", protocol: settings.ProtocolGRPC, errorType: "compression", advice: "set OTEL_EXPORTER_OTLP_COMPRESSION to none",
			variables: []string{"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
			endpoint: func(p collectorStarter) string {
				return "http://" + p.startRefusingCollector(status.Error(codes.Unimplemented, `grpc: Decompressor is not installed for grpc-encoding "gzip"`))
			},
		},
		{
			name: "no gzip", protocol: settings.ProtocolHTTP, errorType: "compression", reason: "415", advice: "set OTEL_EXPORTER_OTLP_COMPRESSION to none",
			variables: []string{"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
			endpoint:  func(p collectorStarter) string { return "http://" + p.serveStatus(http.StatusUnsupportedMediaType) },
		},
		{
			name: "no such path", protocol: settings.ProtocolHTTP, errorType: "not_found", reason: "404", advice: "the path in OTEL_EXPORTER_OTLP_ENDPOINT",
			endpoint: func(p collectorStarter) string { return "http://" + p.serveStatus(http.StatusNotFound) },
		},
		{
			name: "overloaded", protocol: settings.ProtocolGRPC, errorType: "resource_exhausted", reason: "slow down", advice: "overloaded, or rate-limits this service",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.startRefusingCollector(status.Error(codes.ResourceExhausted, "slow down"))
			},
		},
		{
			name: "too large", protocol: settings.ProtocolGRPC, errorType: "too_large", advice: "lower OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.startRefusingCollector(status.Error(codes.ResourceExhausted, "grpc: received message larger than max"))
			},
		},
		{
			name: "not ready", errorType: "unavailable", reason: "starting", advice: "is not ready: check its log",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.startRefusingCollector(status.Error(codes.Unavailable, "starting"))
			},
		},
		{
			name: "a gateway that does not reach its backend", protocol: settings.ProtocolHTTP, errorType: "unavailable", reason: "10.0.0.1:4317", advice: "is not ready: check its log",
			endpoint: func(p collectorStarter) string {
				return "http://" + p.startRefusingCollector(status.Error(codes.Unavailable, "dial tcp 10.0.0.1:4317: connect: connection refused"))
			},
		},
		{
			name: "its own failure", protocol: settings.ProtocolHTTP, errorType: exporterror.Other, reason: "500",
			endpoint: func(p collectorStarter) string { return "http://" + p.serveStatus(http.StatusInternalServerError) },
		},
	} {
		for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
			if test.protocol != "" && test.protocol != protocol {
				continue
			}
			cases = append(cases, &adviceCase{
				name: protocol + " " + test.name, endpoint: test.endpoint(collectorStarter{t, protocol}), protocol: protocol, variables: test.variables,
				errorType: test.errorType, wantReason: test.reason, wantAdvice: test.advice,
			})
		}
	}
	// Load the system's certificates now. Otherwise the first handshake would load
	// them, which takes seconds on a busy machine.
	if _, err := x509.SystemCertPool(); err != nil {
		t.Fatal(err)
	}
	// If a case times out before the expected error occurs, it is repeated with more
	// time.
	casesToRun := cases
	for _, timeout := range []time.Duration{3 * time.Second, 30 * time.Second} {
		var exports sync.WaitGroup
		// Run the cases concurrently, since most of them last until the timeout.
		for _, c := range casesToRun {
			c.export(t, &exports, timeout)
		}
		exports.Wait()
		casesToRun = slices.DeleteFunc(slices.Clone(casesToRun), func(c *adviceCase) bool { return !c.timedOutUnexpectedly() })
	}
	for _, c := range cases {
		c.check(t)
	}
}

// adviceCase is a test case: a faulty collector, and the advice that the error must give.
type adviceCase struct {
	name, endpoint, protocol string
	variables                []string // additional environment variables: name, value, name, …
	errorType                string   // the expected error.type of the lost span
	wantReason, wantAdvice   string   // texts that the error and the log must contain

	// tel is the telemetry that exported one span, log is its log, and err is the
	// error of its Shutdown.
	tel *Telemetry
	log *logtest.Buffer
	err error
}

// export ends one span, and shuts the telemetry down in a new goroutine, which it adds to
// exports. timeout limits the export of the span.
func (c *adviceCase) export(t *testing.T, exports *sync.WaitGroup, timeout time.Duration) {
	t.Helper()
	logger, logged := logtest.New()
	// Let only the whole export time out, not a single attempt.
	attempt := 10 * timeout
	c.log = logged
	c.tel = setup(t, append([]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT", c.endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL", c.protocol,
		"OTEL_EXPORTER_OTLP_TIMEOUT", formatMilliseconds(attempt), "OTEL_BSP_EXPORT_TIMEOUT", formatMilliseconds(timeout),
		"OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none",
	}, c.variables...), WithLogger(logger), WithShutdownTimeout(timeout+20*time.Second), WithoutGlobals())
	endSpans(t, c.tel, 1)
	exports.Go(func() { c.err = c.tel.Shutdown(context.Background()) })
}

func formatMilliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// timedOutUnexpectedly reports whether the export timed out, although the case expects another
// error. The reason is missing if the time ran out while the response was read.
func (c *adviceCase) timedOutUnexpectedly() bool {
	failures, _ := c.tel.providers.Traces.Losses()
	hasReason := c.err != nil && strings.Contains(c.err.Error(), c.wantReason)
	return c.errorType != "timeout" && (failures["timeout"] > 0 || !hasReason)
}

// check checks the error of Shutdown, the log and the counters.
func (c *adviceCase) check(t *testing.T) {
	t.Helper()
	_, address, found := strings.Cut(c.endpoint, "://")
	if !found {
		address = c.endpoint
	}
	if c.err == nil || !logtest.ContainsAll(c.err.Error(), address, c.wantReason, c.wantAdvice) || strings.Contains(c.err.Error(), "\n") {
		t.Errorf("%s: got the error %v\nwant one line with %q, %q and %q", c.name, c.err, address, c.wantReason, c.wantAdvice)
	}
	if !c.log.Line(account.MessageLost, address, c.wantReason, c.wantAdvice, "count=1 signal=traces") {
		t.Errorf("%s: got in the log\n%s\nwant one line with %q, %q and %q", c.name, c.log, address, c.wantReason, c.wantAdvice)
	}
	if failures, _ := c.tel.providers.Traces.Losses(); failures[c.errorType] != 1 || len(failures) != 1 {
		t.Errorf("%s: got %v, want one %s", c.name, failures, c.errorType)
	}
}
