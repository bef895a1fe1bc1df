package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/conformance/internal/certificate"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/httpserver"
)

// precedenceCase is a setting that has an option and an environment variable.
type precedenceCase struct {
	option          core.Option
	variable, value string
	// effectiveLine is the name of the line of the effective configuration that shows the
	// value in use. If no line shows it, effectiveLine is a function that returns the value,
	// of type func(*core.Telemetry) string.
	effectiveLine any
	// wantWithOptionOnly is the value with only the option set. wantWithBoth is the value with
	// both the option and the variable set.
	wantWithOptionOnly, wantWithBoth string
}

// precedenceCases returns the cases by the name of the option. In most cases the variable
// takes precedence over the option. In other cases, wantWithBoth shows that the values are
// combined, or that the option takes precedence.
func precedenceCases(t *testing.T) map[string]precedenceCase {
	t.Helper()
	authority, err := certificate.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	files, _, err := authority.Issue(t.TempDir(), "localhost")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]precedenceCase{
		"WithServiceName":        {core.WithServiceName("option"), "OTEL_SERVICE_NAME", "variable", "service", "option", "variable"},
		"WithServiceVersion":     {core.WithServiceVersion("option"), "OTEL_RESOURCE_ATTRIBUTES", "service.version=variable", "service", "option", "variable"},
		"WithResourceAttributes": {core.WithResourceAttributes(attribute.String("team", "option")), "OTEL_RESOURCE_ATTRIBUTES", "team=variable", teamOf, "option", "variable"},
		"WithExclude":            {core.WithExclude("/option"), "OTEL_GO_EXCLUDED_URLS", "/variable", "http.excluded", "/option", "/variable"},
		"WithExcludeFunc": {core.WithExcludeFunc(func(*httpserver.Request) bool { return false }), "OTEL_GO_EXCLUDED_URLS", "/variable", "http.excluded",
			"by a function", "/variable, and by a function"},
		"WithEndpoint":           {core.WithEndpoint("http://option:4317"), "OTEL_EXPORTER_OTLP_ENDPOINT", "http://variable:4317", "traces", "option:4317", "variable:4317"},
		"WithTLSConfig":          {core.WithTLSConfig(&tls.Config{MinVersion: tls.VersionTLS13}), "OTEL_EXPORTER_OTLP_CERTIFICATE", files.Authority, "traces", "configured by WithTLSConfig", "configured by WithTLSConfig, except the CA"},
		"WithHeaders":            {core.WithHeaders(func(context.Context) (map[string]string, error) { return nil, nil }), "OTEL_EXPORTER_OTLP_HEADERS", "x=1", "traces", "headers from the function of WithHeaders", "headers x (values not shown), and from the function of WithHeaders, which take precedence"},
		"WithDevelopment":        {core.WithDevelopment(io.Discard), "OTEL_TRACES_EXPORTER", "otlp", "traces", "console", "otlp"},
		"WithMaxQueueSize":       {core.WithMaxQueueSize(7), "OTEL_BSP_MAX_QUEUE_SIZE", "5", "traces", "queue 7,", "queue 5,"},
		"WithMaxSpanQueueSize":   {core.WithMaxSpanQueueSize(7), "OTEL_BSP_MAX_QUEUE_SIZE", "5", "traces", "queue 7,", "queue 5,"},
		"WithMaxLogQueueSize":    {core.WithMaxLogQueueSize(7), "OTEL_BLRP_MAX_QUEUE_SIZE", "5", "logs", "queue 7,", "queue 5,"},
		"WithMaxExportBatchSize": {core.WithMaxExportBatchSize(7), "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5", "traces", "batch 7,", "batch 5,"},
		"WithScheduleDelay":      {core.WithScheduleDelay(7 * time.Millisecond), "OTEL_BLRP_SCHEDULE_DELAY", "5", "logs", "delay 7ms", "delay 5ms"},
		"WithExportTimeout":      {core.WithExportTimeout(7 * time.Millisecond), "OTEL_BSP_EXPORT_TIMEOUT", "5", "traces", "export timeout 7ms", "export timeout 5ms"},
		"WithSpanLimits":         {core.WithSpanLimits(sdktrace.SpanLimits{AttributeCountLimit: 2}), "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1", countAttributes, "2 attributes", "1 attributes"},
		"WithSampler":            {core.WithSampler(sdktrace.NeverSample()), "OTEL_TRACES_SAMPLER", "always_on", "traces", "sampler AlwaysOffSampler", "sampler always_on"},
		"WithIDGenerator":        {core.WithIDGenerator(fixedIDGenerator{}), "OTEL_GO_ID_GENERATOR", "random", compareTraceIDs, "the same", "different"},
		"WithPropagator":         {core.WithPropagator(propagation.Baggage{}), "OTEL_PROPAGATORS", "b3", "propagators", "baggage", "b3"},
		"WithDisabled":           {core.WithDisabled(), "OTEL_SDK_DISABLED", "false", "traces", "off, the SDK is disabled", "otlp"},
		"WithKnownMethods":       {core.WithKnownMethods("OPTION"), "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "VARIABLE", "http.known_methods", "OPTION", "VARIABLE"},
		"WithCapturedRequestHeaders": {core.WithCapturedRequestHeaders("X-Option"), "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST", "x-variable",
			"http.request_headers", "x-option", "x-variable"},
		"WithCapturedResponseHeaders": {core.WithCapturedResponseHeaders("X-Option"), "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE", "x-variable",
			"http.response_headers", "x-option", "x-variable"},
		"WithSanitizedHeaders":   {core.WithSanitizedHeaders("x-option"), "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", "x-variable", "http.redacted_headers", "x-option", "x-variable"},
		"WithUnsanitizedHeaders": {core.WithUnsanitizedHeaders(), "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", "x-variable", "http.redacted_headers", "none", "x-variable"},
		"WithBodySizes":          {core.WithBodySizes(), "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", "false", "http.opt_in", "body sizes", "none"},
		"WithActiveRequests":     {core.WithActiveRequests(), "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", "false", "http.opt_in", "active requests", "none"},
		"WithShutdownTimeout":    {core.WithShutdownTimeout(7 * time.Millisecond), "OTEL_GO_SHUTDOWN_TIMEOUT", "5", "shutdown", "timeout 7ms", "timeout 5ms"},
		"WithGracePeriod":        {core.WithGracePeriod(7 * time.Millisecond), "OTEL_GO_GRACE_PERIOD", "5", "shutdown", "grace period 7ms", "grace period 5ms"},
		"WithDrainDelay":         {core.WithDrainDelay(7 * time.Millisecond), "OTEL_GO_DRAIN_DELAY", "5", "shutdown", "drain delay 7ms", "drain delay 5ms"},
		"WithLogLevel":           {core.WithLogLevel(slog.LevelError), "OTEL_GO_LOG_LEVEL", "warn", "logs", "slog level error", "slog level warn"},
		"WithSDKMetrics":         {core.WithSDKMetrics(), "OTEL_GO_SDK_METRICS", "false", "metrics", "SDK metrics on", "SDK metrics off"},
		"WithRuntimeMetrics":     {core.WithRuntimeMetrics(), "OTEL_GO_RUNTIME_METRICS", "false", "metrics", "runtime metrics on", "runtime metrics off"},
	}
}

// TestVariablesWinOverOptions checks that variables take precedence over options. For
// each row in CONFIGURATION.md with a variable and an option, it sets both and reads the
// value in use from the effective configuration. A new row needs a case in
// precedenceCases.
func TestVariablesWinOverOptions(t *testing.T) {
	settings := precedenceCases(t)
	named := make(map[string]bool)
	for _, row := range tableRows(readConfigurationPage(t), settingsHeader) {
		if len(inlineCodeIn(row[1], "OTEL_")) == 0 {
			continue
		}
		for _, call := range inlineCodeIn(row[2], "With") {
			option := optionName(call)
			named[option] = true
			if settings[option].option == nil {
				t.Errorf("%s: no line says whether %s or a variable holds", row[0], option)
			}
		}
	}
	for option, p := range settings {
		if !named[option] {
			t.Errorf("the table has no row with %s and a variable", option)
		}
		t.Run(option, func(t *testing.T) {
			common := []string{}
			if option == "WithTLSConfig" {
				common = append(common, "OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost:4317")
			}
			if got := p.effectiveValue(t, common); !strings.Contains(got, p.wantWithOptionOnly) {
				t.Errorf("with the option alone: got %s, want %q", got, p.wantWithOptionOnly)
			}
			got := p.effectiveValue(t, append(common, p.variable, p.value))
			if !strings.Contains(got, p.wantWithBoth) || strings.Contains(got, p.wantWithOptionOnly) && !strings.Contains(p.wantWithBoth, p.wantWithOptionOnly) {
				t.Errorf("with %s=%s: got %s, want %q and nothing of %q", p.variable, p.value, got, p.wantWithBoth, p.wantWithOptionOnly)
			}
		})
	}
}

// effectiveValue returns the value in use after Setup with the option and with the
// variables set. variables alternates names and values.
func (p precedenceCase) effectiveValue(t *testing.T, variables []string) string {
	t.Helper()
	tel, err := setUpWithOptions(t, variables, p.option, core.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	defer shutdownNow(tel)
	if find, ok := p.effectiveLine.(func(*core.Telemetry) string); ok {
		return find(tel)
	}
	for line := range strings.Lines(tel.String()) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), fmt.Sprint(p.effectiveLine, ": ")); ok {
			return text
		}
	}
	return "no line"
}

// newSpan returns a span with three attributes.
func newSpan(tel *core.Telemetry) sdktrace.ReadOnlySpan {
	_, span := tel.TracerProvider().Tracer("test").Start(context.Background(), "work", trace.WithAttributes(attribute.Int("a", 1), attribute.Int("b", 2), attribute.Int("c", 3)))
	span.End()
	return span.(sdktrace.ReadOnlySpan)
}

// teamOf returns the value of a span's resource attribute "team".
func teamOf(tel *core.Telemetry) string {
	team, _ := newSpan(tel).Resource().Set().Value("team")
	return team.AsString()
}

// countAttributes returns the number of attributes that a span keeps, such as "2 attributes".
func countAttributes(tel *core.Telemetry) string {
	return fmt.Sprint(len(newSpan(tel).Attributes()), " attributes")
}

// compareTraceIDs returns "the same" if two root spans have the same trace id, and otherwise
// "different".
func compareTraceIDs(tel *core.Telemetry) string {
	first, second := newSpan(tel), newSpan(tel)
	if first.SpanContext().TraceID() == second.SpanContext().TraceID() {
		return "the same"
	}
	return "different"
}

// fixedIDGenerator is an ID generator that always returns the same trace id.
type fixedIDGenerator struct{}

func (fixedIDGenerator) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	return trace.TraceID{1}, trace.SpanID{1}
}
func (fixedIDGenerator) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	return trace.SpanID{2}
}
