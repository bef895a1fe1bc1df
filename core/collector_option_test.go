package core

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/internal/logtest"
)

// TestEndpointPrecedence proves the precedence of endpoints: the variable of the
// signal, then the general variable, then the option, then the default.
func TestEndpointPrecedence(t *testing.T) {
	for _, test := range []struct {
		name, endpoint string
		variables      []string
		// want has the text that Telemetry.String must show about the collectors of
		// traces, metrics and logs.
		want [3]string
	}{
		{name: "gRPC", endpoint: "https://collector.example.com:4317",
			want: [3]string{"grpc to collector.example.com:4317 with TLS", "grpc to collector.example.com:4317 with TLS", "grpc to collector.example.com:4317 with TLS"}},
		{name: "no scheme", endpoint: " collector ",
			want: [3]string{"grpc to collector:4317 with TLS", "grpc to collector:4317 with TLS", "grpc to collector:4317 with TLS"}},
		{name: "no scheme, insecure by a variable", endpoint: "collector", variables: []string{"OTEL_EXPORTER_OTLP_INSECURE", "true"},
			want: [3]string{"grpc to collector:4317 without TLS", "grpc to collector:4317 without TLS", "grpc to collector:4317 without TLS"}},
		{name: "a target of gRPC", endpoint: "dns:///collector:4317", variables: []string{"OTEL_EXPORTER_OTLP_INSECURE", "true"},
			want: [3]string{"grpc to collector:4317 without TLS", "grpc to collector:4317 without TLS", "grpc to collector:4317 without TLS"}},
		{name: "HTTP by the port", endpoint: "http://collector:4318",
			want: [3]string{"http/protobuf to http://collector:4318/v1/traces without TLS", "http/protobuf to http://collector:4318/v1/metrics without TLS", "http/protobuf to http://collector:4318/v1/logs without TLS"}},
		{name: "HTTP by the path", endpoint: "https://collector/otlp",
			want: [3]string{"http/protobuf to https://collector:443/otlp/v1/traces with TLS", "http/protobuf to https://collector:443/otlp/v1/metrics with TLS", "http/protobuf to https://collector:443/otlp/v1/logs with TLS"}},
		{name: "HTTP by a variable", endpoint: "http://collector:9000", variables: []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
			want: [3]string{"http/protobuf to http://collector:9000/v1/traces without TLS", "http/protobuf to http://collector:9000/v1/metrics without TLS", "http/protobuf to http://collector:9000/v1/logs without TLS"}},
		{name: "a variable wins", endpoint: "https://code:4318", variables: []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://variable:4317"},
			want: [3]string{"grpc to variable:4317 without TLS", "grpc to variable:4317 without TLS", "grpc to variable:4317 without TLS"}},
		{name: "a signal's variable wins for the signal", endpoint: "http://code:4317", variables: []string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://variable:4318/in"},
			want: [3]string{"grpc to code:4317 without TLS", "http/protobuf to http://variable:4318/in without TLS", "grpc to code:4317 without TLS"}},
		{name: "an empty variable is none", endpoint: "http://code:4317", variables: []string{"OTEL_EXPORTER_OTLP_ENDPOINT", " "},
			want: [3]string{"grpc to code:4317 without TLS", "grpc to code:4317 without TLS", "grpc to code:4317 without TLS"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tel := setup(t, test.variables, WithEndpoint(test.endpoint))
			for i, signal := range []string{"traces", "metrics", "logs"} {
				if want := signal + ": otlp, " + test.want[i] + ", "; !strings.Contains(tel.String(), want) {
					t.Errorf("got\n%s\nwant %q", tel, want)
				}
			}
		})
	}
}

// TestCollectorOptionsAreChecked proves that Setup refuses an option value that can
// never work, even if nothing is exported over OTLP. The error names the option, its
// value without credentials, and what would be right.
func TestCollectorOptionsAreChecked(t *testing.T) {
	for _, test := range []struct {
		name           string
		options        []Option
		variables      []string
		setting, value string
		want           string
	}{
		{"empty", []Option{WithEndpoint("")}, nil, "WithEndpoint", "", `WithEndpoint(""): no host, want an address such as http://localhost:4317`},
		{"no colon", []Option{WithEndpoint("http//collector")}, nil, "WithEndpoint", "http//collector", `WithEndpoint("http//collector"): no colon after http, want an address`},
		{"port", []Option{WithEndpoint("http://collector:99999")}, nil, "WithEndpoint", "http://collector:99999", "99999 is not a valid port"},
		{"scheme", []Option{WithEndpoint("ftp://collector")}, nil, "WithEndpoint", "ftp://collector", `the scheme "ftp" is not supported`},
		{"credentials", []Option{WithEndpoint("https://me:secret@collector")}, nil, "WithEndpoint", "https://xxxxx@collector", `WithEndpoint("https://xxxxx@collector"): credentials are not allowed in the address, only in headers`},
		{"nothing over OTLP", []Option{WithEndpoint("http//collector")}, []string{"OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"},
			"WithEndpoint", "http//collector", "no colon after http"},
		{"protocol", []Option{WithEndpoint("dns:///collector:4317")}, []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
			"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", `OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf": WithEndpoint("dns:///collector:4317") requires the protocol grpc`},
		{"no TLS", []Option{WithEndpoint("http://collector"), WithTLSConfig(new(tls.Config))}, nil,
			"WithEndpoint", "http://collector", `WithEndpoint="http://collector": this address does not use TLS, but WithTLSConfig is set, want an address that begins with https://`},
		{"no configuration", []Option{WithTLSConfig(nil)}, nil, "WithTLSConfig", "", "WithTLSConfig(nil): want a *tls.Config"},
		{"no version", []Option{WithTLSConfig(&tls.Config{MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS12})}, nil,
			"WithTLSConfig", "", "WithTLSConfig: MinVersion TLS 1.3 is above MaxVersion TLS 1.2, want a MinVersion of at most MaxVersion"},
	} {
		t.Run(test.name, func(t *testing.T) {
			envtest.Clear(t)
			for i := 0; i < len(test.variables); i += 2 {
				t.Setenv(test.variables[i], test.variables[i+1])
			}
			_, err := Setup(t.Context(), test.options...)
			var setting *SettingError
			if !errors.As(err, &setting) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if setting.Setting != test.setting || test.value != "" && setting.Value != test.value {
				t.Errorf("got the setting %q with %q, want %q with %q", setting.Setting, setting.Value, test.setting, test.value)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("got a password: %v", err)
			}
		})
	}
}

// TestInvalidProtocolKeepsEndpointOption proves that an invalid protocol variable,
// which is ignored, does not affect the endpoint of WithEndpoint.
func TestInvalidProtocolKeepsEndpointOption(t *testing.T) {
	logger, logged := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "OTEL_EXPORTER_OTLP_INSECURE", "true"},
		WithEndpoint("dns:///collector:4317"), WithLenientEnvironment(), WithLogger(logger))
	if !strings.Contains(tel.String(), "traces: otlp, grpc to collector:4317 without TLS") || !logged.Line("OTEL_EXPORTER_OTLP_PROTOCOL", "requires the protocol grpc") {
		t.Errorf("got\n%s\nand in the log\n%s", tel, logged)
	}
}

// TestStringDescribesTLSConfig proves that String says which parts of WithTLSConfig
// are used, and that a warning is logged if the configuration is not used at all.
func TestStringDescribesTLSConfig(t *testing.T) {
	id := newTestCertificate(t)
	for _, test := range []struct {
		name       string
		config     *tls.Config
		variables  []string
		want, warn string
	}{
		{"alone", new(tls.Config), nil, " with TLS configured by WithTLSConfig, headers", ""},
		{"unverified", &tls.Config{InsecureSkipVerify: true}, nil, " with TLS configured by WithTLSConfig (the collector's certificate is not verified), headers", ""}, //nolint:gosec // the test is about this setting
		{"an authority by a variable", &tls.Config{InsecureSkipVerify: true}, []string{"OTEL_EXPORTER_OTLP_CERTIFICATE", id.certFile}, //nolint:gosec // the variable replaces this setting
			" with TLS configured by WithTLSConfig, except the CA, headers", ""},
		{"both by variables", new(tls.Config), []string{"OTEL_EXPORTER_OTLP_CERTIFICATE", id.certFile, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", id.certFile, "OTEL_EXPORTER_OTLP_CLIENT_KEY", id.keyFile},
			" with TLS configured by WithTLSConfig, except the CA and the client certificate, headers", ""},
		{"plain by a variable", new(tls.Config), []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector"}, " without TLS, headers", "WithTLSConfig is not used: no connection uses TLS"},
	} {
		t.Run(test.name, func(t *testing.T) {
			logger, logged := logtest.New()
			tel := setup(t, test.variables, WithEndpoint("collector:4317"), WithTLSConfig(test.config), WithLogger(logger))
			if !strings.Contains(tel.String(), test.want) {
				t.Errorf("got\n%s\nwant %q", tel, test.want)
			}
			if strings.Contains(logged.String(), "WithTLSConfig is not used") != (test.warn != "") {
				t.Errorf("got in the log\n%s\nwant %q", logged, test.warn)
			}
		})
	}
}
