package httpserver_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
)

// TestNewReturnsErrorForEachInvalidField proves that New returns a separate SettingError
// for each invalid field. An empty list is invalid too.
func TestNewReturnsErrorForEachInvalidField(t *testing.T) {
	for _, test := range []struct {
		setting, value string
		change         func(*httpserver.Config)
	}{
		{"Config.TracerProvider", "<nil>", func(c *httpserver.Config) { c.TracerProvider = nil }},
		{"Config.MeterProvider", "<nil>", func(c *httpserver.Config) { c.MeterProvider = nil }},
		{"Config.TracerProvider", "<nil>", func(c *httpserver.Config) { c.TracerProvider = (*sdktrace.TracerProvider)(nil) }},
		{"Config.MeterProvider", "<nil>", func(c *httpserver.Config) { c.MeterProvider = (*sdkmetric.MeterProvider)(nil) }},
		{"Config.RouteFormat", "7", func(c *httpserver.Config) { c.RouteFormat = 7 }},
		{"Config.ForwardedHeaders", "-1", func(c *httpserver.Config) { c.ForwardedHeaders = -1 }},
		{"Config.TrustedProxies", "[nowhere]", func(c *httpserver.Config) { c.TrustedProxies = []string{"nowhere"} }},
		{"Config.Exclude", "[~(]", func(c *httpserver.Config) { c.Exclude = []string{"~("} }},
		{"Config.Exclude", "[]", func(c *httpserver.Config) { c.Exclude = []string{} }},
		{"Config.KnownMethods", "[]", func(c *httpserver.Config) { c.KnownMethods = []string{} }},
		{"Config.CapturedRequestHeaders", "[]", func(c *httpserver.Config) { c.CapturedRequestHeaders = []string{} }},
		{"Config.CapturedResponseHeaders", "[]", func(c *httpserver.Config) { c.CapturedResponseHeaders = []string{} }},
		{"Config.TrustedProxies", "[]", func(c *httpserver.Config) { c.TrustedProxies = []string{} }},
		{"Config.SanitizedHeaders", "[]", func(c *httpserver.Config) { c.SanitizedHeaders = []string{} }},
		{"Config.SensitiveQueryKeys", "[]", func(c *httpserver.Config) { c.SensitiveQueryKeys = []string{} }},
		{"Config.SanitizedHeaders", "[]", func(c *httpserver.Config) { c.SanitizedHeaders = []string{""} }},
		{"Config.SanitizedHeaders", "[cookie,authorization]", func(c *httpserver.Config) { c.SanitizedHeaders = []string{"cookie,authorization"} }},
		{"Config.SanitizedHeaders", "[x key]", func(c *httpserver.Config) { c.SanitizedHeaders = []string{"x key"} }},
		{"Config.SanitizedHeaders", "[a)|(b]", func(c *httpserver.Config) { c.SanitizedHeaders = []string{"a)|(b"} }},
		{"Config.SensitiveQueryKeys", "[token ]", func(c *httpserver.Config) { c.SensitiveQueryKeys = []string{"token", ""} }},
		{"Config.SensitiveQueryKeys", "[ ]", func(c *httpserver.Config) { c.SensitiveQueryKeys = []string{" "} }},
		{"Config.UnsanitizedHeaders", "true", func(c *httpserver.Config) {
			c.UnsanitizedHeaders, c.SanitizedHeaders = true, []string{"x-key"}
		}},
		{"Config.UnredactedQuery", "true", func(c *httpserver.Config) {
			c.UnredactedQuery, c.SensitiveQueryKeys = true, []string{"key"}
		}},
	} {
		config := httpserver.Config{TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider()}
		test.change(&config)
		_, err := httpserver.New(config)
		var setting *httpserver.SettingError
		if !errors.As(err, &setting) || setting.Setting != test.setting || setting.Value != test.value || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %#v: %v", test.setting, setting, err)
		}
	}
}

// TestNewErrorNamesInvalidVariable proves that the error about an invalid variable names
// the variable, not the field that the variable replaces.
func TestNewErrorNamesInvalidVariable(t *testing.T) {
	for variable, value := range map[string]string{
		"OTEL_GO_EXCLUDED_URLS": "~(",
		"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS":    "(",
		"OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY": "yes",
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			_, err := httpserver.New(httpserver.Config{TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider()})
			var setting *httpserver.SettingError
			if !errors.As(err, &setting) || setting.Setting != variable || setting.Value != value {
				t.Errorf("got %#v: %v", setting, err)
			}
		})
	}
}

// TestVariableDoesNotHideInvalidField proves that New returns the error of a field even if a
// variable replaces the field: otherwise the service would start only where the variable is set.
// An invalid variable is a second error.
func TestVariableDoesNotHideInvalidField(t *testing.T) {
	for _, test := range []struct {
		variable, valid, invalid, field string
		change                          func(*httpserver.Config)
	}{
		{"OTEL_GO_EXCLUDED_URLS", "healthz", "~(", "Config.Exclude", func(c *httpserver.Config) { c.Exclude = []string{"~["} }},
		{"OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET", "a b", "Config.KnownMethods", func(c *httpserver.Config) { c.KnownMethods = []string{""} }},
		{"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST", "x-a", "x a", "Config.CapturedRequestHeaders",
			func(c *httpserver.Config) { c.CapturedRequestHeaders = []string{""} }},
		{"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE", "x-a", "x a", "Config.CapturedResponseHeaders",
			func(c *httpserver.Config) { c.CapturedResponseHeaders = []string{""} }},
		{"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", "x-a", "(", "Config.SanitizedHeaders",
			func(c *httpserver.Config) { c.SanitizedHeaders = []string{""} }},
	} {
		for _, value := range []string{test.valid, test.invalid} {
			t.Run(test.variable+"="+value, func(t *testing.T) {
				t.Setenv(test.variable, value)
				config := httpserver.Config{TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider()}
				test.change(&config)
				_, err := httpserver.New(config)
				var names []string
				if joined, ok := err.(interface{ Unwrap() []error }); ok {
					for _, each := range joined.Unwrap() {
						var setting *httpserver.SettingError
						if errors.As(each, &setting) {
							names = append(names, setting.Setting)
						}
					}
				}
				want := []string{test.field}
				if value == test.invalid {
					want = append(want, test.variable)
				}
				if !slices.Equal(names, want) {
					t.Errorf("got %v: errors about %q, want %q", err, names, want)
				}
			})
		}
	}
}
