package core

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/core/internal/otlp"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// testCertificate is a certificate with its key, in memory and in files.
type testCertificate struct {
	certificate tls.Certificate
	certFile    string
	keyFile     string
}

// newTestCertificate makes a self-signed certificate for 127.0.0.1.
func newTestCertificate(t *testing.T) testCertificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "test"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IsCA:                  true,
		BasicConstraintsValid: true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
	dir := t.TempDir()
	id := testCertificate{certFile: filepath.Join(dir, "cert.pem"), keyFile: filepath.Join(dir, "key.pem")}
	if id.certificate, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{id.certFile: certPEM, id.keyFile: keyPEM} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// certPool returns a certificate pool that trusts id.
func (id testCertificate) certPool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(id.certificate.Leaf)
	return pool
}

// TestExportersUseValuesParsedBySetup proves, with real OTLP servers, that exports use
// the values of variables as Setup parses them. The SDK's exporters parse some variables
// differently, but their values are neither used nor logged.
func TestExportersUseValuesParsedBySetup(t *testing.T) {
	server, client := newTestCertificate(t), newTestCertificate(t)
	oneWay := &tls.Config{Certificates: []tls.Certificate{server.certificate}}
	mutual := &tls.Config{
		Certificates: []tls.Certificate{server.certificate},
		ClientCAs:    client.certPool(), ClientAuth: tls.RequireAndVerifyClientCert,
	}
	mutualVariables := []string{
		"OTEL_EXPORTER_OTLP_CERTIFICATE", server.certFile,
		"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", client.certFile,
		"OTEL_EXPORTER_OTLP_CLIENT_KEY", client.keyFile,
	}
	const http = "http/protobuf"
	for _, test := range []struct {
		name string
		tls  *tls.Config
		http bool
		// variables may contain ADDRESS, which is replaced by the collector's
		// address.
		variables []string
		url       string
		header    string
	}{
		{name: "grpc plain", variables: []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://ADDRESS"}},
		{name: "grpc without a scheme", variables: []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "ADDRESS", "OTEL_EXPORTER_OTLP_INSECURE", "true"}},
		{name: "grpc, a scheme wins over insecure", variables: []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://ADDRESS", "OTEL_EXPORTER_OTLP_INSECURE", "false"}},
		{name: "grpc, the signal's own wins", variables: []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.invalid:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ADDRESS",
			"OTEL_EXPORTER_OTLP_TRACES_INSECURE", "true", "OTEL_EXPORTER_OTLP_INSECURE", "false",
			"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc", "OTEL_EXPORTER_OTLP_PROTOCOL", http}},
		{name: "grpc compressed", variables: []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://ADDRESS", "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"}},
		{name: "grpc headers", header: "Key=a b", variables: []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "http://ADDRESS", "OTEL_EXPORTER_OTLP_HEADERS", "other=x", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", " Key = a%20b ,"}},
		{name: "grpc, a certificate changes nothing of plain", variables: []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "http://ADDRESS", "OTEL_EXPORTER_OTLP_CERTIFICATE", server.certFile}},
		{name: "grpc TLS", tls: oneWay, variables: []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://ADDRESS", "OTEL_EXPORTER_OTLP_CERTIFICATE", server.certFile}},
		{name: "grpc TLS without a scheme", tls: oneWay, variables: []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "ADDRESS", "OTEL_EXPORTER_OTLP_CERTIFICATE", server.certFile}},
		{name: "grpc mutual TLS", tls: mutual, variables: append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "ADDRESS"}, mutualVariables...)},
		{name: "http plain", http: true, url: "/v1/traces", variables: []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "http://ADDRESS", "OTEL_EXPORTER_OTLP_PROTOCOL", http}},
		{name: "http without a scheme", http: true, url: "/v1/traces", variables: []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "ADDRESS", "OTEL_EXPORTER_OTLP_PROTOCOL", http, "OTEL_EXPORTER_OTLP_INSECURE", "true"}},
		{name: "http base path", http: true, url: "/base/v1/traces", variables: []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "http://ADDRESS/base/", "OTEL_EXPORTER_OTLP_PROTOCOL", http}},
		{name: "http own endpoint as it is", http: true, url: "/in%2Fgest?token=1", variables: []string{
			"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://ADDRESS/in%2Fgest?token=1", "OTEL_EXPORTER_OTLP_PROTOCOL", http}},
		{name: "http compressed, with headers", http: true, url: "/v1/traces", header: "Key=1", variables: []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "http://ADDRESS", "OTEL_EXPORTER_OTLP_PROTOCOL", http,
			"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip", "OTEL_EXPORTER_OTLP_HEADERS", "key=1"}},
		{name: "http, a certificate changes nothing of plain", http: true, url: "/v1/traces", variables: []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "http://ADDRESS", "OTEL_EXPORTER_OTLP_PROTOCOL", http, "OTEL_EXPORTER_OTLP_CERTIFICATE", server.certFile}},
		{name: "http TLS", tls: oneWay, http: true, url: "/v1/traces", variables: []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "https://ADDRESS", "OTEL_EXPORTER_OTLP_PROTOCOL", http, "OTEL_EXPORTER_OTLP_CERTIFICATE", server.certFile}},
		{name: "http mutual TLS without a scheme", tls: mutual, http: true, url: "/v1/traces", variables: append([]string{
			"OTEL_EXPORTER_OTLP_ENDPOINT", "ADDRESS", "OTEL_EXPORTER_OTLP_PROTOCOL", http}, mutualVariables...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := newReceiver
			if test.http {
				start = newHTTPReceiver
			}
			r := start(t, test.tls)
			variables := []string{"OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"}
			for _, s := range test.variables {
				variables = append(variables, strings.ReplaceAll(s, "ADDRESS", r.address))
			}
			logger, logged := logtest.New()
			tel := setup(t, variables, WithLogger(logger))
			_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
			span.End()
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r.span("work") == nil {
				t.Error("the span did not arrive")
			}
			if logged.String() != "" {
				t.Errorf("got in the log: %s", logged)
			}
			if test.url != "" && (len(r.urls) == 0 || r.urls[0] != test.url) {
				t.Errorf("got %q, want %q", r.urls, test.url)
			}
			if key, want, ok := strings.Cut(test.header, "="); ok {
				// Header names are in lower case over gRPC and canonical over
				// HTTP.
				headers := map[string][]string(r.headers[0])
				got := headers[strings.ToLower(key)]
				if test.http {
					got = headers[key]
				}
				if len(got) != 1 || got[0] != want {
					t.Errorf("got %v, want %s", headers, test.header)
				}
				if headers["other"] != nil {
					t.Errorf("got %v, want the general headers replaced", headers)
				}
			}
		})
	}
}

// TestExporterUsesProtocolOfSetup proves that the exporter uses the protocol that Setup
// has chosen, even if OTEL_EXPORTER_OTLP_PROTOCOL has an invalid value, which Setup
// ignored.
func TestExporterUsesProtocolOfSetup(t *testing.T) {
	envtest.Clear(t)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
	r := newHTTPReceiver(t, nil)
	exporter, release, err := otlp.NewCollector(settings.OTLP{
		Signal: "traces", Protocol: settings.ProtocolHTTP, URL: &url.URL{Scheme: "http", Host: r.address, Path: "/v1/traces"},
		Timeout: settings.DefaultTimeout,
	}).SpanExporter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = release() }()
	if err := exporter.ExportSpans(t.Context(), tracetest.SpanStubs{{Name: "work"}}.Snapshots()); err != nil {
		t.Fatal(err)
	}
	if r.span("work") == nil {
		t.Error("the span did not arrive")
	}
}

func TestOTLPDefaults(t *testing.T) {
	for _, test := range []struct {
		variables                []string
		protocol, target, url    string
		secure                   bool
		metricsTarget, metricURL string
	}{
		{nil, settings.ProtocolGRPC, "dns:///localhost:4317", "", false, "dns:///localhost:4317", ""},
		{[]string{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"}, settings.ProtocolHTTP, "", "http://localhost:4318/v1/traces", false, "", "http://localhost:4318/v1/metrics"},
		{[]string{"OTEL_EXPORTER_OTLP_INSECURE", "false"}, settings.ProtocolGRPC, "dns:///localhost:4317", "", false, "dns:///localhost:4317", ""},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"}, settings.ProtocolHTTP, "", "http://c:4318/v1/traces", false, "", "http://c:4318/v1/metrics"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, settings.ProtocolGRPC, "dns:///c:4318", "", false, "dns:///c:4318", ""},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "c:4318"}, settings.ProtocolHTTP, "", "https://c:4318/", true, "dns:///localhost:4317", ""},
	} {
		envtest.Clear(t)
		for i := 0; i < len(test.variables); i += 2 {
			t.Setenv(test.variables[i], test.variables[i+1])
		}
		s, err := resolveSettings(t)
		if err != nil {
			t.Errorf("%v: %v", test.variables, err)
		}
		traces, metrics := s.Traces, s.Metrics
		if traces.Protocol != test.protocol || traces.Target != test.target || urlOf(traces) != test.url || (traces.TLS != nil) != test.secure {
			t.Errorf("%v: got traces %s %q %q", test.variables, traces.Protocol, traces.Target, urlOf(traces))
		}
		if metrics.Target != test.metricsTarget || urlOf(metrics) != test.metricURL {
			t.Errorf("%v: got metrics %q %q", test.variables, metrics.Target, urlOf(metrics))
		}
	}
}

// urlOf returns the URL of a collector, or "" if the protocol is gRPC.
func urlOf(o settings.OTLP) string {
	if o.URL == nil {
		return ""
	}
	return o.URL.String()
}

// TestOpenTelemetryErrorsAreLogged proves that after Setup, errors passed to
// OpenTelemetry's global error handler are logged through slog. Each error is logged at
// most once a minute. An error that core has already reported is not logged again.
func TestOpenTelemetryErrorsAreLogged(t *testing.T) {
	buffer := new(logtest.Buffer)
	setup(t, []string{"OTEL_SDK_DISABLED", "true"}, WithLogger(slog.New(slog.NewTextHandler(buffer, nil))))
	otel.Handle(context.DeadlineExceeded)
	otel.Handle(context.DeadlineExceeded)
	otel.Handle(selflog.Reported(context.Canceled))
	if n := strings.Count(buffer.String(), context.DeadlineExceeded.Error()); n != 1 {
		t.Errorf("got the error %d times, want once a minute:\n%s", n, buffer)
	}
	if strings.Contains(buffer.String(), context.Canceled.Error()) {
		t.Errorf("got an error that is reported elsewhere:\n%s", buffer)
	}
}
