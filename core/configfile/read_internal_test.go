package configfile

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/declared"
)

// mustRead reads a file that consists of file_format and text. The test fails if reading
// fails.
func mustRead(t *testing.T, text string) *declared.File {
	t.Helper()
	file, problems := read("otel.yaml", []byte("file_format: \"1.0\"\n"+text), func(string) string { return "" })
	if len(problems) > 0 {
		t.Fatalf("%s: %v", text, problems)
	}
	return file
}

func TestFileSetsSampler(t *testing.T) {
	for text, want := range map[string]sdktrace.Sampler{
		"{always_on: }":                            sdktrace.AlwaysSample(),
		"{always_off: {}}":                         sdktrace.NeverSample(),
		"{trace_id_ratio_based: }":                 sdktrace.TraceIDRatioBased(1),
		"{trace_id_ratio_based: {ratio: 0.25}}":    sdktrace.TraceIDRatioBased(0.25),
		"{trace_id_ratio_based: {ratio: 1}}":       sdktrace.TraceIDRatioBased(1),
		"{parent_based: }":                         sdktrace.ParentBased(sdktrace.AlwaysSample()),
		"{parent_based: {root: {always_off: }}}":   sdktrace.ParentBased(sdktrace.NeverSample()),
		"{parent_based: {root: {parent_based: }}}": sdktrace.ParentBased(sdktrace.ParentBased(sdktrace.AlwaysSample())),
		"{parent_based: {root: , local_parent_sampled: {always_off: }, local_parent_not_sampled: {always_on: }," +
			" remote_parent_sampled: {trace_id_ratio_based: {ratio: 0.5}}, remote_parent_not_sampled: {always_on: }}}": sdktrace.ParentBased(sdktrace.AlwaysSample(),
			sdktrace.WithLocalParentSampled(sdktrace.NeverSample()), sdktrace.WithLocalParentNotSampled(sdktrace.AlwaysSample()),
			sdktrace.WithRemoteParentSampled(sdktrace.TraceIDRatioBased(0.5)), sdktrace.WithRemoteParentNotSampled(sdktrace.AlwaysSample())),
	} {
		file := mustRead(t, "tracer_provider: {processors: [{batch: {exporter: {console: }}}], sampler: "+text+"}")
		if file.Sampler == nil || file.Sampler.Description() != want.Description() {
			t.Errorf("%s: got %v, want %s", text, file.Sampler, want.Description())
		}
	}
	if file := mustRead(t, "tracer_provider: {processors: [{batch: {exporter: {console: }}}], sampler: }"); file.Sampler != nil {
		t.Errorf("got sampler %v, want none of the file", file.Sampler)
	}
}

func TestFileSetsLogLevel(t *testing.T) {
	for name, want := range map[string]slog.Level{
		"trace": slog.LevelDebug - 4, "debug": slog.LevelDebug, "debug4": slog.LevelDebug + 3, "info": slog.LevelInfo,
		"warn2": slog.LevelWarn + 1, "error": slog.LevelError, "fatal3": slog.LevelError + 6,
	} {
		if got := mustRead(t, "log_level: "+name).LogLevel; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	if got := mustRead(t, "disabled: false").LogLevel; got != nil {
		t.Errorf("got level %v, want the logger's own", got)
	}
}

// TestKeysBecomeVariables proves that the keys of a file are converted to the right
// variables.
func TestKeysBecomeVariables(t *testing.T) {
	const batch = "tracer_provider: {processors: [{batch: {exporter: "
	for _, test := range []struct{ text, variable, want string }{
		{"disabled: true", "OTEL_SDK_DISABLED", "true"},
		{"disabled: ", "OTEL_SDK_DISABLED", ""},
		{"disabled: false", "OTEL_SDK_DISABLED", "false"},
		{"resource: ", "OTEL_TRACES_EXPORTER", "none"},
		{"tracer_provider: ", "OTEL_TRACES_EXPORTER", "none"},
		{"distribution: {others: {a: {b: c}}}", "OTEL_LOGS_EXPORTER", "none"},
		{batch + "{console: }}}]}", "OTEL_TRACES_EXPORTER", "console"},
		{"tracer_provider: {processors: [{simple: {exporter: {console: {}}}}]}", "OTEL_TRACES_EXPORTER", "console"},
		{"logger_provider: {processors: [{simple: {exporter: {console: }}}]}", "OTEL_LOGS_EXPORTER", "console"},
		{"meter_provider: {readers: [{periodic: {exporter: {console: }}}]}", "OTEL_METRICS_EXPORTER", "console"},
		{batch + "{otlp_grpc: }}}]}", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"},
		{batch + "{otlp_grpc: }}}], id_generator: {random: }}", "OTEL_GO_ID_GENERATOR", "random"},
		{batch + "{otlp_grpc: }}}], id_generator: }", "OTEL_GO_ID_GENERATOR", ""},
		{batch + "{otlp_http: }}}]}", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"},
		{batch + "{otlp_http: {endpoint: }}}}]}", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""},
		{batch + "{otlp_grpc: {tls: {insecure: true}}}}}]}", "OTEL_EXPORTER_OTLP_TRACES_INSECURE", "true"},
		{"tracer_provider: {processors: [{batch: {export_timeout: 0, exporter: {otlp_grpc: }}}]}", "OTEL_BSP_EXPORT_TIMEOUT", "0"},
		{"logger_provider: {processors: [{batch: {export_timeout: 7, exporter: {otlp_grpc: }}}]}", "OTEL_BLRP_EXPORT_TIMEOUT", "7"},
		{batch + "{otlp_grpc: {timeout: 0}}}}]}", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"},
		{batch + `{otlp_grpc: {headers_list: "a=1,b=%20", headers: [{name: b, value: "c, d=e +"}, {name: c, value: 7}, {name: d, value: }]}}}}]}`,
			"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=1,b=%20,b=c%2C%20d%3De%20%2B,c=7"},
		{"meter_provider: {readers: [{periodic: {interval: 5, timeout: 0, exporter: {otlp_http: {endpoint: 'http://a:1/b'}}}}]}", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://a:1/b"},
		{"meter_provider: {readers: [{periodic: {interval: 5, timeout: 0, exporter: {otlp_http: }}}]}", "OTEL_METRIC_EXPORT_TIMEOUT", "0"},
		{"propagator: ", "OTEL_PROPAGATORS", ""},
		{"propagator: {}", "OTEL_PROPAGATORS", "none"},
		{"propagator: {composite: [{baggage: }, {tracecontext: }, {xray: }], composite_list: 'b3, tracecontext,'}", "OTEL_PROPAGATORS", "baggage,tracecontext,xray,b3"},
		{"propagator: {composite_list: none}", "OTEL_PROPAGATORS", "none"},
	} {
		if got := mustRead(t, test.text).Settings[test.variable].Value; got != test.want {
			t.Errorf("%s: got %s=%q, want %q", test.text, test.variable, got, test.want)
		}
	}
}

// TestFileSelectsDetectors proves that a file enables exactly the detectors that it names.
// Attributes are filtered only if the file has lists of included or excluded attributes.
func TestFileSelectsDetectors(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "{}": 0, "{detectors: }": 0, "{detectors: []}": 0, "{detectors: [{service: }]}": 0,
		"{detectors: [{container: }]}":                                 len(declared.ContainerDetectors()),
		"{detectors: [{host: {}}]}":                                    len(declared.HostDetectors()),
		"{detectors: [{process: }]}":                                   len(declared.ProcessDetectors()),
		"{attributes: , detectors: [{process: }, {host: }]}":           len(declared.ProcessDetectors()) + len(declared.HostDetectors()),
		"{attributes: {included: [host.*]}, detectors: [{service: }]}": 0,
	} {
		file := mustRead(t, "resource: {detection/development: "+text+"}")
		if got := len(file.Detectors); got != want {
			t.Errorf("%s: got %d detectors, want %d", text, got, want)
		}
		if got, want := file.Keep != nil, strings.Contains(text, "included"); got != want {
			t.Errorf("%s: filters: %v, want %v", text, got, want)
		}
	}
}

// TestExampleFilesAreValid proves that the files of the documentation have no errors,
// even if no variable that they refer to is set.
func TestExampleFilesAreValid(t *testing.T) {
	for _, name := range []string{"otel.yaml", "start.yaml"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		file, problems := read(name, text, func(string) string { return "" })
		if len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		if got := file.Settings["OTEL_TRACES_EXPORTER"].Value; got != "otlp" {
			t.Errorf("%s: exports traces by %q, want otlp", name, got)
		}
	}
}

// TestPackageCommentHasValidFile proves that the file in the package documentation has no
// errors.
func TestPackageCommentHasValidFile(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(source), "//	file_format")
	text, _, found := strings.Cut("//	file_format"+rest, "\n//\n")
	if !found {
		t.Fatal("no file in the comment")
	}
	file := strings.ReplaceAll(text, "//	", "")
	if _, problems := read("doc.go", []byte(file), func(string) string { return "" }); len(problems) > 0 {
		t.Errorf("%v\n%s", problems, file)
	}
}

// TestVersionOfYAMLIsAccepted proves that a file may begin with a directive that names the
// version of YAML. OpenTelemetry's specification asks for version 1.2 or later.
func TestVersionOfYAMLIsAccepted(t *testing.T) {
	for _, directive := range []string{"%YAML 1.1", "%YAML 1.2", "# a comment\r\n%YAML 1.2", "%YAML  1.3 # a comment"} {
		text := directive + "\n---\nfile_format: \"1.0\"\nresource: {attributes: [{name: a, value: \"\n\n  %YAML 1.2\"}]}\n"
		file, problems := read("otel.yaml", []byte(text), func(string) string { return "" })
		if len(problems) > 0 {
			t.Errorf("%s: %v", directive, problems)
		} else if got := file.Attributes[0].Value.AsString(); got != "\n%YAML 1.2" {
			t.Errorf("%s: got value %q, want it unchanged", directive, got)
		}
	}
}
