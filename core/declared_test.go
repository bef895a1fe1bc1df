package core

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"

	"github.com/samespan/samespan/core/declared"
	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/internal/logtest"
)

// fileSource returns a source of a configuration file with the given settings. A setting
// consists of the name of a variable, its value, and the path of the corresponding key in
// the file.
func fileSource(settings ...[3]string) declared.Source {
	file := &declared.File{Name: "otel.yaml", Settings: map[string]declared.Setting{}}
	for _, s := range settings {
		file.Settings[s[0]] = declared.Setting{Value: s[1], Path: s[2]}
	}
	return func() (*declared.File, []error) { return file, nil }
}

// noExportSettings holds the settings of a configuration file that exports nothing.
var noExportSettings = [][3]string{
	{"OTEL_TRACES_EXPORTER", "none", "tracer_provider"},
	{"OTEL_METRICS_EXPORTER", "none", "meter_provider"},
	{"OTEL_LOGS_EXPORTER", "none", "logger_provider"},
}

// TestConfigFileIsRefusedWithoutReader sets OTEL_CONFIG_FILE, or its former name, in a service
// without the option configfile.FromEnvironment, which would read the file. It proves that
// Setup returns an error, or logs a warning with WithLenientEnvironment.
func TestConfigFileIsRefusedWithoutReader(t *testing.T) {
	for _, variable := range []string{"OTEL_EXPERIMENTAL_CONFIG_FILE", "OTEL_CONFIG_FILE"} {
		envtest.Clear(t)
		t.Setenv(variable, "otel.yaml")
		want := variable + `="otel.yaml": this service does not read configuration files, want the variable unset, ` +
			`or the option configfile.FromEnvironment() of github.com/samespan/samespan/core/configfile in the call of core.Setup`
		if _, err := Setup(t.Context()); err == nil || err.Error() != "core: "+want {
			t.Errorf("got error\n%v\nwant\ncore: %s", err, want)
		}
	}

	logger, log := logtest.New()
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	t.Setenv("OTEL_LOGS_EXPORTER", "none")
	tel, err := Setup(t.Context(), WithLenientEnvironment(), WithLogger(logger))
	if err != nil {
		t.Errorf("lenient: %v", err)
	}
	_ = tel.Shutdown(t.Context())
	if !strings.Contains(log.String(), "this service does not read configuration files") {
		t.Errorf("lenient: got log %q, want a warning", log)
	}
}

func TestSecondFileIsRefused(t *testing.T) {
	envtest.Clear(t)
	if _, err := Setup(t.Context(), Declared(fileSource()), Declared(fileSource())); err == nil || !strings.Contains(err.Error(), "several options of package configfile") {
		t.Errorf("two: got error %v", err)
	}
	if _, err := Setup(t.Context(), Declared(nil)); err == nil || !strings.Contains(err.Error(), "Declared(nil)") {
		t.Errorf("nil: got error %v", err)
	}
}

// TestBadFileMakesSetupFail proves that a bad file makes Setup fail, even with
// WithLenientEnvironment. Invalid variables are ignored if the file replaces them.
func TestBadFileMakesSetupFail(t *testing.T) {
	envtest.Clear(t)
	t.Setenv("OTEL_TRACES_SAMPLER", "usually_on")
	t.Setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "few")
	source := fileSource(append([][3]string{
		{"OTEL_BSP_MAX_QUEUE_SIZE", "0", "tracer_provider.processors[0].batch.max_queue_size"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://x", "tracer_provider.processors[0].batch.exporter.otlp_grpc.endpoint"},
		{"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "key=secret,b@d=secret", "tracer_provider.processors[0].batch.exporter.otlp_grpc.headers"},
		{"OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "key.pem", "tracer_provider.processors[0].batch.exporter.otlp_grpc.tls.key_file"},
		{"OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "", "tracer_provider.processors[0].batch.exporter.otlp_grpc.tls.cert_file"},
	}, append(noExportSettings[1:], [3]string{"OTEL_TRACES_EXPORTER", "otlp", "tracer_provider"})...)...)
	logger, log := logtest.New()
	_, err := Setup(t.Context(), Declared(source), WithLogger(logger), WithLenientEnvironment())
	if err == nil {
		t.Fatal("got no error")
	}
	const processor = "core: otel.yaml: tracer_provider.processors[0].batch"
	want := []string{
		processor + `.exporter.otlp_grpc.endpoint="ftp://x": the scheme "ftp" is not supported, want `,
		processor + `.exporter.otlp_grpc.tls.key_file="key.pem": otel.yaml: tracer_provider.processors[0].batch.exporter.otlp_grpc.tls.cert_file is not set, want both or neither`,
		processor + `.exporter.otlp_grpc.headers (value not shown): "b@d" is not a valid header name, want `,
		processor + `.max_queue_size="0": too small, want `,
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %d problems, want %d:\n%v", len(lines), len(want), err)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("got\n%s\nwant\n%s…", line, want[i])
		}
	}
	if log.String() != "" {
		t.Errorf("got log %q, want nothing", log)
	}

	broken := func() (*declared.File, []error) { return nil, []error{errors.New("unreadable")} }
	if _, err := Setup(t.Context(), Declared(broken), WithLenientEnvironment()); err == nil || err.Error() != "core: unreadable" {
		t.Errorf("got error %v, want only that the file is unreadable", err)
	}
}

// TestFilePrecedence proves which variables and options still apply if a configuration
// file is used.
func TestFilePrecedence(t *testing.T) {
	envtest.Clear(t)
	t.Setenv("OTEL_SERVICE_NAME", "of the environment")
	t.Setenv("OTEL_PROPAGATORS", "b3")
	t.Setenv("OTEL_GO_GRACE_PERIOD", "7000")
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "3")
	option := WithPropagator(propagation.Baggage{})
	source := fileSource(append(noExportSettings[1:],
		[3]string{"OTEL_TRACES_EXPORTER", "otlp", "tracer_provider"},
		[3]string{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5", "batch"},
	)...)
	withTeam := func() (*declared.File, []error) {
		file, problems := source()
		file.Attributes = []attribute.KeyValue{attribute.String("team", "platform")}
		return file, problems
	}
	s, err := resolveSettings(t, WithServiceName("of the option"), option, WithMaxQueueSize(9), WithMaxExportBatchSize(7), Declared(withTeam))
	if err != nil {
		t.Error(err)
	}
	if got := [3]int{s.SpanBatch.QueueSize, s.SpanBatch.BatchSize, int(s.GracePeriod.Seconds())}; got != [3]int{9, 5, 7} {
		t.Errorf("got queue, batch and grace period %v, want 9 of the option, 5 of the file and 7 of the environment", got)
	}
	if fields := s.Propagator.Fields(); len(fields) != 1 || fields[0] != "baggage" {
		t.Errorf("got propagator of %v, want the option's baggage", fields)
	}
	attributes := attribute.NewSet(s.Attributes...)
	if name, _ := attributes.Value("service.name"); name.AsString() != "of the option" {
		t.Errorf("got service.name %q, want the option's", name.AsString())
	}
	if team, _ := attributes.Value("team"); team.AsString() != "platform" {
		t.Errorf("got team %q, want the file's", team.AsString())
	}
}

// TestFileWithoutPropagatorsIsLogged proves that a file without propagators is logged
// as a warning.
func TestFileWithoutPropagatorsIsLogged(t *testing.T) {
	source := fileSource(append(noExportSettings[1:], [3]string{"OTEL_TRACES_EXPORTER", "console", "tracer_provider"})...)
	logger, log := logtest.New()
	tel := setup(t, nil, Declared(source), WithLogger(logger), WithoutGlobals())
	if fields := tel.Propagator().Fields(); len(fields) != 0 {
		t.Errorf("got propagator of %v, want none", fields)
	}
	if !strings.Contains(log.String(), "names no propagators") {
		t.Errorf("got log %q, want a warning", log)
	}

	logger, log = logtest.New()
	setup(t, nil, Declared(fileSource(noExportSettings...)), WithLogger(logger))
	if strings.Contains(log.String(), "WARN") {
		t.Errorf("got log %q, want no warning where there are no traces", log)
	}
}

func TestFileSetsLogLevel(t *testing.T) {
	file, _ := fileSource(append(noExportSettings[1:], [3]string{"OTEL_TRACES_EXPORTER", "console", "tracer_provider"})...)()
	file.LogLevel = slog.LevelError
	logger, log := logtest.New()
	tel := setup(t, nil, Declared(func() (*declared.File, []error) { return file, nil }), WithLogger(logger))
	tel.logger().With("a", 1).WithGroup("g").Warn("quiet")
	tel.logger().With("a", 1).Error("loud")
	if got := log.String(); strings.Contains(got, "quiet") || strings.Contains(got, "propagators") || !strings.Contains(got, "loud a=1") {
		t.Errorf("got log %q, want nothing below an error", got)
	}
}
