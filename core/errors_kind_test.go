package core

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// TestLossErrorMatchesCause proves that errors.Is finds the reason of a failed export,
// such as a refused connection, in the error of Shutdown.
func TestLossErrorMatchesCause(t *testing.T) {
	for _, test := range []struct {
		name    string
		address func(t *testing.T) string
		want    error
	}{
		{"refused", refusedAddress, syscall.ECONNREFUSED},
		{"black hole", blackHoleAddress, context.DeadlineExceeded},
		{"no socket", func(t *testing.T) string {
			t.Helper()
			return "unix://" + filepath.Join(t.TempDir(), "no.sock")
		}, fs.ErrNotExist},
	} {
		for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
			endpoint := test.address(t)
			if !strings.Contains(endpoint, "://") {
				endpoint = "http://" + endpoint
			} else if protocol == settings.ProtocolHTTP {
				continue // only gRPC supports Unix sockets
			}
			t.Run(test.name+" "+protocol, func(t *testing.T) {
				logger, _ := logtest.New()
				tel := setup(t, []string{
					"OTEL_EXPORTER_OTLP_ENDPOINT", endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol, "OTEL_BSP_EXPORT_TIMEOUT", "500",
					"OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none",
				}, WithShutdownTimeout(5*time.Second), WithLogger(logger))
				endSpans(t, tel, 1)
				err := tel.Shutdown(t.Context())
				if !errors.Is(err, ErrLost) || !errors.Is(err, test.want) {
					t.Errorf("got %v, which does not match %v", err, test.want)
				}
				for _, other := range []error{syscall.ECONNREFUSED, fs.ErrNotExist} {
					if !errors.Is(test.want, other) && errors.Is(err, other) {
						t.Errorf("got %v, which matches %v", err, other)
					}
				}
			})
		}
	}
}

// TestBadSettingIsASettingError proves that a bad setting makes Setup return a
// SettingError with the name and the value of the setting, and the cause of the error.
func TestBadSettingIsASettingError(t *testing.T) {
	missingFile := filepath.Join(t.TempDir(), "missing.pem")
	for _, test := range []struct {
		name      string
		variables []string
		options   []Option
		setting   string
		value     string
		cause     error
	}{
		{"a variable", []string{"OTEL_TRACES_EXPORTER", "jaeger"}, nil, "OTEL_TRACES_EXPORTER", "jaeger", nil},
		{"a credential", []string{"OTEL_EXPORTER_OTLP_HEADERS", "api key=secret"}, nil, "OTEL_EXPORTER_OTLP_HEADERS", "", nil},
		{"an authority", []string{"OTEL_EXPORTER_OTLP_CERTIFICATE", missingFile}, nil, "OTEL_EXPORTER_OTLP_CERTIFICATE", missingFile, fs.ErrNotExist},
		{"a certificate", []string{"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", missingFile, "OTEL_EXPORTER_OTLP_CLIENT_KEY", missingFile}, nil,
			"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", missingFile, fs.ErrNotExist},
		{"a variable of the engine", []string{"OTEL_GO_EXCLUDED_URLS", "~["}, nil, "OTEL_GO_EXCLUDED_URLS", "~[", nil},
		{"a switch of the engine", []string{"OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", "yes"}, nil,
			"OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", "yes", nil},
		{"an option", nil, []Option{WithMaxQueueSize(-1)}, "WithMaxQueueSize", "-1", nil},
		{"a nil option", nil, []Option{WithServiceName("a"), nil}, "Setup", "2", nil},
		{"an option of the engine", nil, []Option{WithTrustedProxies("nowhere")}, "Config.TrustedProxies", "[nowhere]", nil},
		{"no rules", nil, []Option{WithExclude()}, "WithExclude", "", nil},
		{"no methods", nil, []Option{WithKnownMethods()}, "WithKnownMethods", "", nil},
		{"no request headers", nil, []Option{WithCapturedRequestHeaders()}, "WithCapturedRequestHeaders", "", nil},
		{"no response headers", nil, []Option{WithCapturedResponseHeaders()}, "WithCapturedResponseHeaders", "", nil},
		{"no sanitized headers", nil, []Option{WithSanitizedHeaders()}, "WithSanitizedHeaders", "", nil},
		{"no query keys", nil, []Option{WithSensitiveQueryKeys()}, "WithSensitiveQueryKeys", "", nil},
		{"headers both ways", nil, []Option{WithSanitizedHeaders("x-key"), WithUnsanitizedHeaders()}, "Config.UnsanitizedHeaders", "true", nil},
		{"a query both ways", nil, []Option{WithUnredactedQuery(), WithSensitiveQueryKeys("key")}, "Config.UnredactedQuery", "true", nil},
		{"a drain delay", []string{"OTEL_GO_DRAIN_DELAY", "20000"}, nil, "OTEL_GO_DRAIN_DELAY", "20000", nil},
		{"a batch size", nil, []Option{WithMaxQueueSize(8), WithMaxExportBatchSize(9)}, "WithMaxExportBatchSize", "9", nil},
		{"a limit", nil, []Option{WithSpanLimits(sdktrace.SpanLimits{LinkCountLimit: -2})}, "WithSpanLimits", "LinkCountLimit is -2", nil},
		{"TLS versions", nil, []Option{WithTLSConfig(&tls.Config{MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS12})},
			"WithTLSConfig", "MinVersion TLS 1.3 is above MaxVersion TLS 1.2", nil},
		{"an empty name", nil, []Option{WithResourceAttributes(attribute.String("service.name", " "))}, "WithResourceAttributes", "service.name", nil},
		{"a provider", nil, []Option{WithProviders(Providers{TracerProvider: (*sdktrace.TracerProvider)(nil)})},
			"WithProviders", "TracerProvider is a nil *trace.TracerProvider", nil},
		{"no proxies", nil, []Option{WithTrustedProxies()}, "WithTrustedProxies", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			envtest.Clear(t)
			for i := 0; i < len(test.variables); i += 2 {
				t.Setenv(test.variables[i], test.variables[i+1])
			}
			_, err := Setup(t.Context(), test.options...)
			var bad *SettingError
			if !errors.As(err, &bad) || bad.Setting != test.setting || bad.Value != test.value {
				t.Errorf("got %#v, want a SettingError of %s with the value %q: %v", bad, test.setting, test.value, err)
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("got %v, which does not match %v", err, test.cause)
			}
		})
	}
}

// TestRepeatedHTTPOptionAddsToList proves that if an option with a list is given
// several times, all its elements are used. This also applies to options whose list
// replaces a default.
func TestRepeatedHTTPOptionAddsToList(t *testing.T) {
	tel := setup(t, []string{"OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"},
		WithExclude("a"), WithExclude("b"), WithKnownMethods("GET"), WithKnownMethods("BREW"),
		WithCapturedRequestHeaders("X-A"), WithCapturedRequestHeaders("X-B"), WithCapturedResponseHeaders("X-C"), WithCapturedResponseHeaders("X-D"),
		WithSensitiveQueryKeys("k"), WithSensitiveQueryKeys("l"), WithTrustedProxies("10.0.0.1"), WithTrustedProxies("10.0.0.2"))
	got := tel.String()
	for _, want := range []string{"/a,/b", "BREW", "GET", "x-a,x-b", "x-c,x-d", "k,l", "10.0.0.1", "10.0.0.2"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}

// TestErrorsOfServiceHaveText proves that an error that a service makes itself, for example in a
// test, has a text.
func TestErrorsOfServiceHaveText(t *testing.T) {
	for want, err := range map[string]error{
		"core: <nil>": &SettingError{}, "<nil>": &httpserver.SettingError{},
		"traces: 2 items lost (2 failed, 0 dropped)": &LossError{Signal: "traces", Failed: 2},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
