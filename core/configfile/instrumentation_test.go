package configfile_test

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// TestHTTPSettingsOfFileOverrideOptions proves that the file's settings for HTTP servers
// take precedence over options, and that the options apply to settings that the file
// omits.
func TestHTTPSettingsOfFileOverrideOptions(t *testing.T) {
	const prefix = "file_format: \"1.1\"\npropagator: {composite_list: tracecontext}\ninstrumentation/development:\n  general: "
	options := []core.Option{
		core.WithCapturedRequestHeaders("X-Option"), core.WithCapturedResponseHeaders("X-Option"),
		core.WithKnownMethods("GET"), core.WithSensitiveQueryKeys("option"),
	}
	for text, want := range map[string]map[string]string{
		"{http: {server: {request_captured_headers: [X-Request-Id, X-Tenant], response_captured_headers: [X-Cache], known_methods: [GET, BREW]}}}": {
			"http.request_headers": "x-request-id,x-tenant", "http.response_headers": "x-cache", "http.known_methods": "GET,BREW",
		},
		"{http: {server: {request_captured_headers: [X-File]}}}": {
			"http.request_headers": "x-file", "http.response_headers": "x-option", "http.known_methods": "GET",
		},
		"{http: {server: , client: {request_captured_headers: [X-Out], known_methods: []}}}": {
			"http.request_headers": "x-option", "http.response_headers": "x-option", "http.known_methods": "GET",
		},
		"{sanitization: {url: {sensitive_query_parameters: []}}}":           {"http.query": "recorded, nothing redacted"},
		"{sanitization: {url: {sensitive_query_parameters: [token, key]}}}": {"http.query": "redacted: key,token", "http.opt_in": "none"},
		"{stability_opt_in_list: }":                                         {"http.request_headers": "x-option"},
		"{stability_opt_in_list: 'http,database/dup'}":                      {"http.request_headers": "x-option"},
		"{http: {semconv: {version: 1, experimental: true, dual_emit: false}}, db: {semconv: {version: 0}}, rpc: , code: {}, messaging: {}, gen_ai: {}}": {
			"http.request_headers": "x-option", "http.opt_in": "body sizes,active requests",
		},
		"": {"http.request_headers": "x-option"},
	} {
		clearEnvironment(t)
		tel, logged := setup(t, writeFile(t, prefix+text+"\n  go: {other: {a: b}}\n  java: {c: {d: e}}\n"), append(options, core.WithoutGlobals())...)
		values := make(map[string]string)
		for line := range strings.Lines(tel.String()) {
			subject, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			values[subject] = value
		}
		for subject, value := range want {
			if !strings.Contains(values[subject], value) {
				t.Errorf("%s: got %s %q, want %q in\n%s", text, subject, values[subject], value, tel)
			}
		}
		if logged.String() != "" {
			t.Errorf("%s: got log %q, want nothing", text, logged)
		}
	}
}

// exporterYAML returns the YAML of an exporter whose settings refer to variables, as in
// OpenTelemetry's migration file. The names of the variables begin with signal. settings
// are further lines.
func exporterYAML(signal string, settings ...string) string {
	lines := append([]string{
		"        exporter:", "          otlp_grpc:", "            endpoint: ${COLLECTOR:-http://localhost:4317}",
		"            tls:", "              ca_file: ${" + signal + "_CA}", "              key_file: ${" + signal + "_KEY}",
		"              cert_file: ${" + signal + "_CERT}", "              insecure: ${" + signal + "_INSECURE}",
		"            compression: ${" + signal + "_COMPRESSION:-gzip}", "            timeout: ${" + signal + "_TIMEOUT:-10000}",
		"            headers_list: ${" + signal + "_HEADERS}",
	}, settings...)
	return strings.Join(lines, "\n") + "\n"
}

// TestMigrationFileWorks proves that a file with the keys of OpenTelemetry's migration
// file works. Most of its values refer to variables that are not set. The keys that
// version 1.1 of the schema has added are included.
func TestMigrationFileWorks(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	t.Setenv("COLLECTOR", collector.Endpoint())
	text := `file_format: "1.1"
disabled: ${DISABLED:-false}
log_level: info
resource:
  attributes:
    - name: service.name
      value: ${SERVICE:-unknown_service}
  attributes_list: ${ATTRIBUTES}
attribute_limits:
  attribute_value_length_limit: ${LENGTH}
  attribute_count_limit: ${COUNT:-128}
  attribute_value_depth_limit: 7
propagator:
  composite_list: ${PROPAGATORS:-tracecontext,baggage}
tracer_provider:
  id_generator: {random: }
  limits:
    attribute_value_length_limit: ${SPAN_LENGTH}
    event_count_limit: ${EVENTS:-128}
    attribute_value_depth_limit: 9
  sampler:
    parent_based: {root: {always_on: }, remote_parent_sampled: {always_on: }, remote_parent_not_sampled: {always_off: }}
  processors:
    - batch:
        schedule_delay: ${DELAY:-5000}
        max_queue_size: ${QUEUE:-2048}
` + exporterYAML("TRACES") + `meter_provider:
  exemplar_filter: ${EXEMPLARS:-trace_based}
  readers:
    - periodic:
        interval: ${INTERVAL:-60000}
        max_export_batch_size/development: 1
` + exporterYAML("METRICS", "            temporality_preference: ${TEMPORALITY:-cumulative}") + `logger_provider:
  limits:
    attribute_value_length_limit: ${RECORD_LENGTH}
  processors:
    - batch:
        export_timeout: ${EXPORT:-30000}
` + exporterYAML("LOGS") + `instrumentation/development:
  general:
    stability_opt_in_list: ${OPT_IN}
`
	tel, _ := setup(t, writeFile(t, text), core.WithServiceName("orders"))
	emitItems(tel, 3)
	counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		counter.Add(t.Context(), 1, metric.WithAttributes(attribute.Int("series", i)))
	}
	mustShutdown(t, tel)
	spans := collector.Spans()
	if len(spans) != 3 || spans[0].Resource["service.name"] != "orders" {
		t.Errorf("got %v, want three spans of orders", spans)
	}
	if s := tel.Stats(); s.Metrics.Exported != 2 || s.Metrics.Failed != 0 || s.Logs.Exported != 3 {
		t.Errorf("got %+v, want two exports of one data point, and three records", s)
	}
}
