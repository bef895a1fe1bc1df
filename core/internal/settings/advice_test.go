package settings

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/internal/env"
)

// TestAdviceNamesVariableInEffect proves that advice names the variable that is in
// effect.
func TestAdviceNamesVariableInEffect(t *testing.T) {
	for _, name := range []string{"ENDPOINT", "TIMEOUT", "TRACES_ENDPOINT", "TRACES_TIMEOUT", "LOGS_TIMEOUT"} {
		t.Setenv("OTEL_EXPORTER_OTLP_"+name, "")
	}
	t.Setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://collector:4317")
	for signal, want := range map[string]string{
		"logs":   "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT, OTEL_EXPORTER_OTLP_TIMEOUT and set OTEL_LOGS_EXPORTER to none",
		"traces": "OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TIMEOUT and set OTEL_TRACES_EXPORTER to none",
	} {
		got := OTLP{Signal: signal}.Advise("<ENDPOINT>, <TIMEOUT> and <OFF>")
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for signal, want := range map[string]string{
		"traces": "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "logs": "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "metrics": "attributes on the instrument",
	} {
		got := OTLP{Signal: signal}.Advise("<SIZE>")
		if !strings.Contains(got, want) || strings.Contains(got, "<") || signal != "traces" && strings.Contains(got, "SPAN") {
			t.Errorf("%s: got %q, want %q in it", signal, got, want)
		}
	}
}

// TestAdviceNamesConfigurationFile proves that advice names the configuration file if
// there is one.
func TestAdviceNamesConfigurationFile(t *testing.T) {
	o := OTLP{Signal: "traces", vars: env.File("otel.yaml", map[string]env.Setting{
		"OTEL_TRACES_EXPORTER":                              {Value: "otlp", Path: "tracer_provider"},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":                {Path: "exporter.endpoint"},
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL":                {Path: "exporter.otlp_grpc"},
		"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": {Path: "exporter.temporality_preference"},
	})}
	for advice, want := range map[string]string{
		"correct <ENDPOINT>, or <OFF>":                 "correct otel.yaml: exporter.endpoint, or remove the key otel.yaml: tracer_provider",
		"<USE_HTTP>":                                   "replace the key otel.yaml: exporter.otlp_grpc with otlp_http",
		"set <TEMPORALITY> to the one that it accepts": "set otel.yaml: exporter.temporality_preference to the one that it accepts",
		"<SIZE>": "lower attribute_value_length_limit in otel.yaml",
	} {
		if got := o.Advise(advice); got != want {
			t.Errorf("%s: got %q, want %q", advice, got, want)
		}
	}
}

// TestAdviceNamesGeneralVariableInsteadOfIgnoredOne proves that advice names the general
// variable if the variable of the signal is invalid and therefore ignored. If the general
// variable is not set, advice names the variable of the signal.
func TestAdviceNamesGeneralVariableInsteadOfIgnoredOne(t *testing.T) {
	envtest.Clear(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://collector")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1s")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=1")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key=2")
	t.Setenv("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "missing.pem")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "missing.key")
	s, problems := Resolve(Options{Lenient: true})
	if problems != nil {
		t.Fatal(problems)
	}
	for suffix, want := range map[string]string{
		"ENDPOINT":           "OTEL_EXPORTER_OTLP_ENDPOINT",
		"TIMEOUT":            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
		"HEADERS":            "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
		"CLIENT_CERTIFICATE": "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
	} {
		if got := s.Traces.Advise("<" + suffix + ">"); got != want {
			t.Errorf("%s: got %s, want %s", suffix, got, want)
		}
	}
}

// TestAdviceNamesOptionInEffect proves that advice names the option or the variable,
// whichever is in effect.
func TestAdviceNamesOptionInEffect(t *testing.T) {
	for variable, want := range map[string]string{
		"":                            "WithEndpoint, WithTLSConfig and OTEL_EXPORTER_OTLP_TIMEOUT",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "OTEL_EXPORTER_OTLP_ENDPOINT, WithTLSConfig and OTEL_EXPORTER_OTLP_TIMEOUT",
	} {
		envtest.Clear(t)
		if variable != "" {
			t.Setenv(variable, "https://collector")
		}
		s, problems := Resolve(Options{Endpoint: "https://collector", TLS: new(tls.Config)})
		if problems != nil {
			t.Fatal(problems)
		}
		if got := s.Traces.Advise("<ENDPOINT>, <CERTIFICATE> and <TIMEOUT>"); got != want {
			t.Errorf("with %q: got %q, want %q", variable, got, want)
		}
	}
}
