package configfile_test

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/configfile"
)

// TestExampleFileConfiguresTelemetry proves that the example file configures the
// telemetry of a service, including the variables that the file refers to. Other
// variables have no effect.
func TestExampleFileConfiguresTelemetry(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	for name, value := range map[string]string{
		"COLLECTOR": collector.Endpoint(), "API_KEY": "secret # with: {signs}, and a comma", "DEPLOYMENT": "test",
		// The file refers to this variable.
		"OTEL_RESOURCE_ATTRIBUTES": "team=platform,service.name=of-the-list",
		// The file does not refer to the following variables.
		"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "nonsense",
		"OTEL_TRACES_SAMPLER": "always_off", "OTEL_PROPAGATORS": "b3", "OTEL_SERVICE_NAME": "of-the-environment",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_HEADERS": "tenant=other",
		"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "cumulative", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "1",
		"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT": "0", "OTEL_SPAN_EVENT_COUNT_LIMIT": "1", "OTEL_METRICS_EXEMPLAR_FILTER": "always_off",
		"OTEL_EXPORTER_OTLP_TIMEOUT": "x", "OTEL_BSP_MAX_QUEUE_SIZE": "1", "OTEL_BLRP_MAX_QUEUE_SIZE": "1",
	} {
		t.Setenv(name, value)
	}
	tel, logged := setup(t, "testdata/otel.yaml", core.WithServiceName("of-the-option"))

	ctx, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
	for i := range 100 {
		span.SetAttributes(attribute.Int(fmt.Sprint("a", i), i))
		span.AddEvent("event")
	}
	span.SetAttributes(attribute.String("a0", strings.Repeat("x", 5000)))
	meter := tel.MeterProvider().Meter("test")
	counter, err := meter.Int64Counter("things")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(ctx, 2)
	duration, err := meter.Float64Histogram("http.server.request.duration")
	if err != nil {
		t.Fatal(err)
	}
	duration.Record(ctx, 1, metric.WithAttributes(attribute.String("server.address", "a"), attribute.String("http.route", "/b")))
	var record log.Record
	record.SetBody(attribute.StringValue("hello"))
	record.AddAttributes(attribute.String("a", "b"))
	tel.LoggerProvider().Logger("test").Emit(ctx, record)
	span.End()
	mustShutdown(t, tel)

	got := collector.Snapshot()
	spans, logs, things, durations := got.Spans(), got.Logs(), got.Points("things"), got.Points("http.server.request.duration")
	if len(spans) != 1 || len(logs) != 1 || len(things) != 1 || len(durations) != 1 {
		t.Fatalf("got\n%v\nwant one of each signal", got)
	}
	for signal, origin := range map[string]otlptest.Origin{"traces": spans[0].Origin, "logs": logs[0].Origin, "metrics": things[0].Origin} {
		for key, want := range map[string]any{
			"service.name": "orders", "deployment.environment.name": "test", "replicas": int64(3), "team": "platform",
		} {
			if origin.Resource[key] != want {
				t.Errorf("%s: got %s=%v, want %v", signal, key, origin.Resource[key], want)
			}
		}
		for key, want := range map[string]bool{
			"service.instance.id": true, "telemetry.sdk.name": true, "host.name": true, "process.pid": true,
			"process.runtime.description": false, "process.command_args": false,
		} {
			if _, ok := origin.Resource[key]; ok != want {
				t.Errorf("%s: has %s: %v, want %v", signal, key, ok, want)
			}
		}
	}
	if n, events := len(spans[0].Attributes), len(spans[0].Events()); n != 64 || events != 32 {
		t.Errorf("got %d attributes and %d events, want the file's limits of 64 and 32", n, events)
	}
	if n := len(spans[0].Attr("a0").(string)); n != 4096 {
		t.Errorf("got an attribute of %d characters, want 4096", n)
	}
	if len(logs[0].Attributes) != 1 || logs[0].TraceID() != spans[0].TraceID() {
		t.Errorf("got log record %+v", logs[0])
	}
	if !things[0].Delta || len(things[0].Exemplars) != 1 {
		t.Errorf("got point %+v, want a delta with an exemplar", things[0])
	}
	if a := durations[0].Attributes; a["server.address"] != nil || a["http.route"] != "/b" {
		t.Errorf("got attributes %v, want those of the view", a)
	}
	for _, request := range got.Requests() {
		if key := request.Header["api-key"]; len(key) != 1 || key[0] != "secret # with: {signs}, and a comma" || request.Header["tenant"] != nil {
			t.Errorf("%s: got headers %v", request.Signal, request.Header)
		}
	}
	for _, want := range []string{
		"configuration: testdata/otel.yaml", "to " + collector.Addr() + " without TLS, headers api-key (values not shown), compression gzip, attempt timeout 5s",
		"queue 4096, batch 256, delay 1s", "every 30s, export timeout 30s, delta, explicit_bucket_histogram, exemplars trace_based",
		"sampler ParentBased{root:TraceIDRatioBased{1}", "propagators: tracecontext,baggage",
	} {
		if description := tel.String(); !strings.Contains(description, want) || strings.Contains(description, "secret") {
			t.Errorf("got\n%s\nwant %s and no secret", description, want)
		}
	}
	if fields := fmt.Sprint(tel.Propagator().Fields()); !strings.Contains(fields, "traceparent") || !strings.Contains(fields, "baggage") {
		t.Errorf("got propagator of %s", fields)
	}
	if s := tel.Stats(); s.Traces != (core.SpanStats{Ended: 1, Exported: 1}) || s.Logs != (core.LogStats{Ended: 1, Exported: 1}) || s.Metrics.Failed != 0 {
		t.Errorf("got %+v", s)
	}
	if strings.Contains(logged.String(), "core: ") {
		t.Errorf("got log %q, want nothing of ours", logged)
	}
}

// TestConfigFileVariableOverridesFromFile proves that without OTEL_CONFIG_FILE,
// FromEnvironment changes nothing and FromFile reads the file of its argument. With the
// variable, FromFile reads the file that the variable names.
func TestConfigFileVariableOverridesFromFile(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint())
	exportSpan(t, configfile.FromEnvironment(), core.WithServiceName("a"))
	t.Setenv("COLLECTOR", collector.Endpoint())
	exportSpan(t, configfile.FromFile("testdata/otel.yaml"))
	t.Setenv("OTEL_CONFIG_FILE", writeFile(t, fileForService("of the variable", "test")))
	exportSpan(t, configfile.FromFile("missing.yaml"))
	var services []string
	for _, span := range collector.Spans() {
		services = append(services, span.Service())
	}
	if got := strings.Join(services, ","); got != "a,orders,of the variable" {
		t.Errorf("got spans of %s", got)
	}
}

// TestFormerNameOfVariableIsRead proves that the former name of OTEL_CONFIG_FILE, which
// OpenTelemetry's specification still lists, works too, and that OTEL_CONFIG_FILE takes
// precedence over it.
func TestFormerNameOfVariableIsRead(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	t.Setenv("COLLECTOR", collector.Endpoint())
	t.Setenv("OTEL_EXPERIMENTAL_CONFIG_FILE", writeFile(t, fileForService("of the former name", "test")))
	exportSpan(t, configfile.FromEnvironment())
	exportSpan(t, configfile.FromFile("missing.yaml"))
	t.Setenv("OTEL_CONFIG_FILE", writeFile(t, fileForService("of the name", "test")))
	exportSpan(t, configfile.FromEnvironment())
	var services []string
	for _, span := range collector.Spans() {
		services = append(services, span.Service())
	}
	if got := strings.Join(services, ","); got != "of the former name,of the former name,of the name" {
		t.Errorf("got spans of %s", got)
	}
}

// TestOptionsApplyWhereFileIsSilent proves that options apply to settings that the file
// omits, and that the settings of the file take precedence over them.
func TestOptionsApplyWhereFileIsSilent(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("OTEL_SPAN_EVENT_COUNT_LIMIT", "1")
	collector := otlptest.Start(t)
	t.Setenv("COLLECTOR", collector.Endpoint())
	limits := sdktrace.NewSpanLimits()
	limits.EventCountLimit, limits.AttributeCountLimit, limits.AttributeValueLengthLimit = 3, 4, 5
	for _, test := range []struct {
		general, spans             string
		events, attributes, length int
	}{
		{"", "", 3, 4, 5},
		{"attribute_limits: {attribute_count_limit: 2}", "", 3, 2, 5},
		{"", ", limits: {event_count_limit: 7}", 7, 4, 5},
		{"attribute_limits: {attribute_value_length_limit: 6}", ", limits: {attribute_count_limit: 1, attribute_value_depth_limit: 9}", 3, 1, 6},
	} {
		collector.Reset()
		tel, _ := setup(t, writeFile(t, fmt.Sprintf(`
file_format: "1.1"
disabled: false
propagator: {composite_list: tracecontext}
%s
tracer_provider: {processors: [{batch: {exporter: {otlp_grpc: {endpoint: "${COLLECTOR}"}}}}] %s}
`, test.general, test.spans)), core.WithSpanLimits(limits), core.WithDisabled())
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
		for i := range 10 {
			span.AddEvent("event")
			span.SetAttributes(attribute.String(fmt.Sprint("a", i), "abcdefghij"))
		}
		span.End()
		mustShutdown(t, tel)
		spans := collector.Spans()
		if len(spans) != 1 {
			t.Errorf("%s %s: got %v, want a span: the file enables the SDK", test.general, test.spans, spans)
			continue
		}
		events, attributes, length := len(spans[0].Events()), len(spans[0].Attributes), len(spans[0].Attr("a0").(string))
		if events != test.events || attributes != test.attributes || length != test.length {
			t.Errorf("%s %s: got %d events and %d attributes of %d characters, want %d, %d and %d",
				test.general, test.spans, events, attributes, length, test.events, test.attributes, test.length)
		}
	}
}

// fixedIDs is an id generator with a single trace id.
type fixedIDs struct{}

func (fixedIDs) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	return trace.TraceID{1}, trace.SpanID{1}
}

func (fixedIDs) NewSpanID(context.Context, trace.TraceID) trace.SpanID { return trace.SpanID{2} }

// TestIDGeneratorOfFileOverridesOption proves that the id generator of the file takes
// precedence over the variable and the option. The option applies if the file has none.
func TestIDGeneratorOfFileOverridesOption(t *testing.T) {
	for text, wantFixed := range map[string]bool{"id_generator: {random: }": false, "id_generator: ": true, "sampler: ": true} {
		clearEnvironment(t)
		if !wantFixed {
			t.Setenv("OTEL_GO_ID_GENERATOR", "of the environment")
		}
		tel, _ := setup(t, writeFile(t, `
file_format: "1.1"
propagator: {composite_list: tracecontext}
tracer_provider: {processors: [{simple: {exporter: {console: }}}], `+text+`}
`), core.WithIDGenerator(fixedIDs{}), core.WithoutGlobals(), core.WithDevelopment(io.Discard))
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
		if fixed := span.SpanContext().TraceID() == (trace.TraceID{1}); fixed != wantFixed {
			t.Errorf("%s: got trace id %s, want that of the option: %v", text, span.SpanContext().TraceID(), wantFixed)
		}
		span.End()
		mustShutdown(t, tel)
	}
}

// fileForService returns the text of a configuration file that exports the traces of a
// service. testValue is the value of the resource attribute "test".
func fileForService(service, testValue string) string {
	return fmt.Sprintf(`
file_format: "1.0"
resource: {attributes: [{name: service.name, value: %q}, {name: test, value: %q}]}
propagator: {composite_list: "tracecontext"}
tracer_provider: {processors: [{batch: {exporter: {otlp_grpc: {endpoint: "${COLLECTOR}"}}}}]}
`, service, testValue)
}

// exportSpan calls Setup with the options, exports one span and calls Shutdown.
func exportSpan(t *testing.T, options ...core.Option) {
	t.Helper()
	tel, err := core.Setup(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work", trace.WithSpanKind(trace.SpanKindServer))
	span.End()
	mustShutdown(t, tel)
}

// TestServiceNamePrecedence proves the precedence of service names, and that a service
// always has a name.
func TestServiceNamePrecedence(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	t.Setenv("COLLECTOR", collector.Endpoint())
	for _, test := range []struct{ resource, variable, want string }{
		{"{attributes: [{name: service.name, value: a}], attributes_list: service.name=b}", "c", "a"},
		{"{attributes_list: service.name=b, detection/development: {detectors: [{service: }]}}", "c", "b"},
		{"{detection/development: {detectors: [{service: }]}}", "c", "c"},
		{"{detection/development: {detectors: [{service: }]}}", "", "option"},
		{"{attributes: [{name: service.name, value: unknown_service}]}", "c", "option"},
		{"{attributes: [{name: service.name, value: '${NOT_SET}'}], attributes_list: service.name=}", "c", "option"},
		{"{attributes: [{name: service.name, value: }]}", "c", "option"},
		{"", "c", "option"},
	} {
		collector.Reset()
		t.Setenv("OTEL_SERVICE_NAME", test.variable)
		text := strings.Split(fileForService("x", "x"), "\n")
		text[2] = "resource: " + test.resource
		tel, _ := setup(t, writeFile(t, strings.Join(text, "\n")), core.WithServiceName("option"))
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
		span.End()
		mustShutdown(t, tel)
		if spans := collector.Spans(); len(spans) != 1 || spans[0].Service() != test.want {
			t.Errorf("%s: got %v, want a span of %q", test.resource, spans, test.want)
		}
	}
}

// TestFileDescribesResource proves that exported spans have the resource that the file
// describes: its attributes with their types, the selected detectors, and the schema URL.
func TestFileDescribesResource(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	t.Setenv("COLLECTOR", collector.Endpoint())
	for text, want := range map[string]otlptest.Attributes{
		"": {"host.name": false, "process.pid": false, "os.type": false, "telemetry.sdk.name": true, "service.instance.id": true},
		"{schema_url: https://example.com/schema, detection/development: {attributes: {included: [os.*]}, detectors: [{host: }]}}": {
			"host.name": false, "os.type": true, "telemetry.sdk.name": true, "service.instance.id": true},
		`{attributes: [{name: version, value: 1.10}, {name: yes, type: bool, value: yes}, {name: ratio, type: double, value: 1},
  {name: list, type: int_array, value: [1, 0x10]}, {name: texts, type: string_array, value: [a, 1.0]}, {name: date, value: 2026-01-02},
  {name: doubles, type: double_array, value: [1, 2.5]}, {name: bools, type: bool_array, value: [true]}, {name: int, type: int, value: -7}]}`: {
			"version": "1.10", "yes": true, "ratio": 1.0, "list": []int64{1, 16}, "texts": []string{"a", "1.0"}, "date": "2026-01-02",
			"doubles": []float64{1, 2.5}, "bools": []bool{true}, "int": int64(-7)},
	} {
		collector.Reset()
		file := strings.Split(fileForService("x", "x"), "\n")
		file[2] = "resource: " + text
		tel, _ := setup(t, writeFile(t, strings.Join(file, "\n")))
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
		span.End()
		mustShutdown(t, tel)
		spans := collector.Spans()
		if len(spans) != 1 {
			t.Fatalf("%s: got %v, want a span", text, spans)
		}
		for key, want := range want {
			got, found := spans[0].Resource[key]
			if exists, ok := want.(bool); ok && key != "yes" {
				got, want = found, exists
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %s=%v, want %v", text, key, got, want)
			}
		}
		if got, want := spans[0].ResourceSchemaURL, "https://example.com/schema"; strings.Contains(text, want) != (got == want) {
			t.Errorf("%s: got schema URL %q", text, got)
		}
	}
}

// TestAttributeWithoutValueIsIgnored proves that a resource attribute has no effect if its
// value is null, as the schema says. Usually the value refers to a variable that is not
// set.
func TestAttributeWithoutValueIsIgnored(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	t.Setenv("COLLECTOR", collector.Endpoint())
	t.Setenv("DEPLOYMENT", "")
	tel, logged := setup(t, writeFile(t, `
file_format: "1.1"
resource:
  attributes:
    - {name: test, value: b}
    - name: deployment.environment.name
      value: ${DEPLOYMENT}
    - {name: replicas, type: int, value: }
    - {name: team, value: ~}
  attributes_list: team=of-the-list
tracer_provider: {processors: [{batch: {exporter: {otlp_grpc: {endpoint: "${COLLECTOR}"}}}}]}
propagator: {composite: [{tracecontext: }]}
`))
	_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
	span.End()
	mustShutdown(t, tel)
	spans := collector.Spans()
	if len(spans) != 1 {
		t.Fatalf("got %v, want a span", spans)
	}
	got := spans[0].Resource
	for _, key := range []string{"deployment.environment.name", "replicas"} {
		if value, found := got[key]; found {
			t.Errorf("got %s=%v, want no such attribute", key, value)
		}
	}
	if got["test"] != "b" || got["team"] != "of-the-list" {
		t.Errorf("got %v, want test=b and team=of-the-list", got)
	}
	if logged.String() != "" {
		t.Errorf("got log %q, want nothing", logged)
	}
}

// TestUnreferencedVariableAddsNoResourceAttributes proves that OTEL_RESOURCE_ATTRIBUTES
// adds nothing to the resource if the file does not refer to it.
func TestUnreferencedVariableAddsNoResourceAttributes(t *testing.T) {
	for _, value := range []string{"test=other,team=platform", "team=platform,region", "team%2Dname=a"} {
		clearEnvironment(t)
		collector := otlptest.Start(t)
		t.Setenv("COLLECTOR", collector.Endpoint())
		t.Setenv("OTEL_RESOURCE_ATTRIBUTES", value)
		tel, logged := setup(t, writeFile(t, fileForService("a", "b")))
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
		span.End()
		mustShutdown(t, tel)
		spans := collector.Spans()
		if len(spans) != 1 || spans[0].Resource["test"] != "b" {
			t.Fatalf("%s: got %v, want test=b of the file", value, spans)
		}
		for key := range spans[0].Resource {
			if strings.HasPrefix(key, "team") || key == "region" {
				t.Errorf("%s: got %s, want nothing of the variable", value, key)
			}
		}
		if logged.String() != "" {
			t.Errorf("%s: got log %q, want nothing", value, logged)
		}
	}
}

// TestUnreadableFileIsAnError proves that Setup returns an error for a file that cannot
// be read, even with WithLenientEnvironment.
func TestUnreadableFileIsAnError(t *testing.T) {
	clearEnvironment(t)
	tooLarge := writeFile(t, strings.Repeat("#\n", 1<<20))
	for path, want := range map[string]string{
		"testdata/missing.yaml": `core: OTEL_CONFIG_FILE="testdata/missing.yaml": open testdata/missing.yaml: no such file or directory, want a readable YAML file`,
		"testdata":              `core: OTEL_CONFIG_FILE="testdata": read testdata: is a directory, want a readable YAML file`,
		tooLarge:                fmt.Sprintf("core: OTEL_CONFIG_FILE=%q: larger than 1048576 bytes, want a readable YAML file", tooLarge),
	} {
		t.Setenv("OTEL_CONFIG_FILE", path)
		if _, err := core.Setup(t.Context(), configfile.FromEnvironment(), core.WithLenientEnvironment()); err == nil || err.Error() != want {
			t.Errorf("got error\n%v\nwant\n%s", err, want)
		}
	}
	t.Setenv("OTEL_CONFIG_FILE", "")
	if _, err := core.Setup(t.Context(), configfile.FromFile("missing.yaml")); err == nil || !strings.HasPrefix(err.Error(), `core: FromFile="missing.yaml": `) {
		t.Errorf("got error %v", err)
	}
}
