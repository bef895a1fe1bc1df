package configfile_test

import (
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/configfile"
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
		// The conventions say: a version that is not supported, or dual_emit, is not an error.
		"{http: {semconv: {version: 0, dual_emit: true}}}":                     {"http.opt_in": "none"},
		"{http: {semconv: {version: 2, experimental: true, dual_emit: true}}}": {"http.opt_in": "body sizes,active requests"},
		"{http: {server: {known_methods: []}}}":                                {"http.known_methods": "_OTHER"},
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

// TestHTTPSettingsOfFileOverrideVariables proves that the file's settings for HTTP servers
// take precedence over variables, even over invalid ones, and that the variables apply to
// settings that the file omits.
func TestHTTPSettingsOfFileOverrideVariables(t *testing.T) {
	for _, test := range []struct {
		file, variable string
		want           map[string]string
	}{
		{"{http: {server: {request_captured_headers: [X-File], response_captured_headers: [X-File], known_methods: [GET]}}}", "X-Variable", map[string]string{
			"http.request_headers": "x-file", "http.response_headers": "x-file", "http.known_methods": "GET",
		}},
		{"{http: {server: {request_captured_headers: [X-File], response_captured_headers: [X-File], known_methods: [GET]}}}", "n@t v@lid", map[string]string{
			"http.request_headers": "x-file", "http.response_headers": "x-file", "http.known_methods": "GET",
		}},
		{"{http: {server: {request_captured_headers: [X-File]}}}", "X-Variable", map[string]string{
			"http.request_headers": "x-file", "http.response_headers": "x-variable", "http.known_methods": "X-Variable",
		}},
		{"{http: {semconv: {version: 1, experimental: false}}}", "X-Variable", map[string]string{"http.opt_in": "none"}},
		{"{http: {semconv: {version: 1}}}", "X-Variable", map[string]string{"http.opt_in": "body sizes,active requests"}},
	} {
		clearEnvironment(t)
		for _, name := range []string{"CAPTURE_HEADERS_SERVER_REQUEST", "CAPTURE_HEADERS_SERVER_RESPONSE", "KNOWN_METHODS"} {
			t.Setenv("OTEL_INSTRUMENTATION_HTTP_"+name, test.variable)
		}
		t.Setenv("OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", "true")
		text := "file_format: \"1.1\"\npropagator: {composite_list: tracecontext}\ninstrumentation/development: {general: " + test.file + "}\n"
		tel, _ := setup(t, writeFile(t, text), core.WithoutGlobals())
		for subject, want := range test.want {
			if got := lineAbout(tel, subject); !strings.Contains(got, want) {
				t.Errorf("%s, %s: got %s %q, want %q", test.file, test.variable, subject, got, want)
			}
		}
	}
}

// TestInvalidNamesOfFileAreErrors proves that Setup returns an error for an invalid name of a
// header or a method in the file, even with WithLenientEnvironment.
func TestInvalidNamesOfFileAreErrors(t *testing.T) {
	clearEnvironment(t)
	path := writeFile(t, `
file_format: "1.1"
propagator: {composite_list: tracecontext}
instrumentation/development: {general: {http: {server: {request_captured_headers: [X Id]}}}}
`)
	_, err := core.Setup(t.Context(), configfile.FromFile(path), core.WithLenientEnvironment())
	var bad *core.SettingError
	const key = "instrumentation/development.general.http.server.request_captured_headers"
	if !errors.As(err, &bad) || bad.Setting != path+": "+key || bad.Value != "X Id" {
		t.Errorf("got %v, want an error about %s", err, key)
	}
}

// lineAbout returns the value of a subject, such as "http.opt_in", in the description of the
// telemetry.
func lineAbout(tel *core.Telemetry, subject string) string {
	for line := range strings.Lines(tel.String()) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), ": "); name == subject {
			return value
		}
	}
	return ""
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
