package core

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

func TestSetupRefusesInvalidVariables(t *testing.T) {
	dir := t.TempDir()
	noPEM := filepath.Join(dir, "no.pem")
	if err := os.WriteFile(noPEM, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, value string }{
		{"OTEL_TRACES_EXPORTER", "jaeger"},
		{"OTEL_METRICS_EXPORTER", "prometheus"},
		{"OTEL_LOGS_EXPORTER", "otlp,none"},
		{"OTEL_TRACES_EXPORTER", "otlp,zipkin"},
		{"OTEL_GO_ID_GENERATOR", "odd"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "http"},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector"},
		{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "collector:port"},
		{"OTEL_EXPORTER_OTLP_INSECURE", "yes"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"},
		{"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "-1"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "99999999999999999"},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", filepath.Join(dir, "missing.pem")},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", noPEM},
		{"OTEL_EXPORTER_OTLP_CLIENT_KEY", noPEM},
		{"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", noPEM},
		{"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "sometimes"},
		{"OTEL_METRICS_EXEMPLAR_FILTER", "sometimes"},
		{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "few"},
		{"OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-2"},
		{"OTEL_TRACES_SAMPLER", "usually_on"},
		{"OTEL_PROPAGATORS", "tracecontext,carrier-pigeon"},
		{"OTEL_RESOURCE_ATTRIBUTES", "team"},
		{"OTEL_RESOURCE_ATTRIBUTES", "team=%zz"},
		{"OTEL_SDK_DISABLED", "1"},
		{"OTEL_BSP_MAX_QUEUE_SIZE", "many"},
		{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0"},
		{"OTEL_BSP_SCHEDULE_DELAY", "-5"},
		{"OTEL_BLRP_EXPORT_TIMEOUT", "1.5"},
		{"OTEL_METRIC_EXPORT_INTERVAL", "0"},
		{"OTEL_GO_SHUTDOWN_TIMEOUT", "5s"},
		{"OTEL_GO_GRACE_PERIOD", "0"},
		{"OTEL_GO_DRAIN_DELAY", "-1"},
		{"OTEL_GO_SDK_METRICS", "on"},
		{"OTEL_GO_RUNTIME_METRICS", "on"},
		{"OTEL_GO_LOG_LEVEL", "loud"},
		{"OTEL_GO_EXCLUDED_URLS", "~["},
	} {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			envtest.Clear(t)
			t.Setenv(test.name, test.value)
			tel, err := Setup(t.Context())
			if err == nil {
				_ = tel.Shutdown(t.Context())
				t.Fatal("got no error")
			}
			for _, want := range []string{test.name, test.value} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}

			logger, logged := logtest.New()
			tel, err = Setup(t.Context(), WithLenientEnvironment(), WithLogger(logger), WithShutdownTimeout(10*time.Millisecond))
			if err != nil {
				t.Fatalf("lenient: %v", err)
			}
			_ = tel.Shutdown(t.Context())
			if n := strings.Count(logged.String(), test.name); n == 0 {
				t.Errorf("lenient: got no warning: %s", logged)
			}
		})
	}
}

func TestSetupRefusesInvalidSamplerArgument(t *testing.T) {
	envtest.Clear(t)
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
	for _, value := range []string{"2", "-0.1", "half", "NaN"} {
		t.Setenv("OTEL_TRACES_SAMPLER_ARG", value)
		if _, err := Setup(t.Context()); err == nil || !strings.Contains(err.Error(), `OTEL_TRACES_SAMPLER_ARG="`+value+`"`) {
			t.Errorf("%s: got %v", value, err)
		}
	}
}

func TestSetupErrorHidesHeaderValues(t *testing.T) {
	for _, value := range []string{"api-key secret", "=secret", "bad name=secret", "k=secret%zz", "k=secret%0a", "grpc-timeout=secret",
		"Authorization: Basic secret==", "Authorization:secret=", "Authorization%3A%20secret=x", "Authorization: Basic secret=%zz"} {
		envtest.Clear(t)
		t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", value)
		_, err := Setup(t.Context())
		if err == nil || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_HEADERS") {
			t.Errorf("%s: got %v, want an error that names the variable", value, err)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows the value: %v", value, err)
		}
	}
}

func TestSetupReturnsAllErrors(t *testing.T) {
	envtest.Clear(t)
	t.Setenv("OTEL_TRACES_EXPORTER", "zipkin")
	t.Setenv("OTEL_BLRP_MAX_QUEUE_SIZE", "0")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke")
	before := otel.GetTracerProvider()
	_, err := Setup(t.Context(), WithServiceName(""), WithMaxQueueSize(-1), WithExclude("~("), WithTrustedProxies("nowhere"), WithLogger(nil), nil)
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		`OTEL_TRACES_EXPORTER="zipkin"`, `OTEL_BLRP_MAX_QUEUE_SIZE="0"`, `OTEL_EXPORTER_OTLP_PROTOCOL="smoke"`,
		"WithServiceName", "WithMaxQueueSize(-1)", "~(", "nowhere", "WithLogger(nil)", "option 6 is nil",
	} {
		if n := strings.Count(err.Error(), want); n != 1 {
			t.Errorf("got %d times %q, want once:\n%v", n, want, err)
		}
	}
	if otel.GetTracerProvider() != before {
		t.Error("a Setup that failed has registered its provider")
	}
}

func TestSetupRefusesInvalidOptions(t *testing.T) {
	for name, options := range map[string][]Option{
		"WithServiceName":        {WithServiceName("  ")},
		"WithServiceVersion":     {WithServiceVersion("")},
		"WithSampler":            {WithSampler(nil)},
		"WithPropagator":         {WithPropagator(nil)},
		"WithMaxExportBatchSize": {WithMaxExportBatchSize(100), WithMaxQueueSize(10)},
		"WithScheduleDelay":      {WithScheduleDelay(-time.Second)},
		"WithMaxSpanQueueSize":   {WithMaxSpanQueueSize(0)},
		"WithMaxLogQueueSize":    {WithMaxLogQueueSize(-1)},
		"WithExportTimeout":      {WithExportTimeout(0)},
		"WithShutdownTimeout":    {WithShutdownTimeout(0)},
		"WithGracePeriod":        {WithGracePeriod(-1)},
		"WithDrainDelay(-1ns)":   {WithDrainDelay(-1)},
		"WithDrainDelay":         {WithDrainDelay(time.Minute)},
		"WithDevelopment":        {WithDevelopment(nil)},
		"WithPublicEndpoint":     {WithPublicEndpoint(nil)},
	} {
		envtest.Clear(t)
		// WithLenientEnvironment applies to the environment only.
		_, err := Setup(t.Context(), append(options, WithLenientEnvironment())...)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestVariablesReplaceBatchOptions(t *testing.T) {
	for _, test := range []struct {
		variables     []string
		options       []Option
		queue, size   int
		delay, export time.Duration
	}{
		{nil, nil, 2048, 512, 5 * time.Second, 30 * time.Second},
		{nil, []Option{WithMaxQueueSize(100)}, 100, 100, 5 * time.Second, 30 * time.Second},
		{nil, []Option{WithMaxQueueSize(100), WithMaxExportBatchSize(10), WithScheduleDelay(time.Second), WithExportTimeout(time.Minute)},
			100, 10, time.Second, time.Minute},
		{nil, []Option{WithMaxSpanQueueSize(100), WithMaxQueueSize(50), WithMaxLogQueueSize(20), WithScheduleDelay(0)}, 100, 100, 0, 30 * time.Second},
		{[]string{"OTEL_BSP_SCHEDULE_DELAY", "0"}, []Option{WithScheduleDelay(time.Second)}, 2048, 512, 0, 30 * time.Second},
		{[]string{"OTEL_BSP_MAX_QUEUE_SIZE", "64", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "32", "OTEL_BSP_SCHEDULE_DELAY", "250", "OTEL_BSP_EXPORT_TIMEOUT", "0"},
			[]Option{WithMaxQueueSize(100), WithMaxExportBatchSize(10), WithScheduleDelay(time.Second)}, 64, 32, 250 * time.Millisecond, settings.Forever},
	} {
		envtest.Clear(t)
		for i := 0; i < len(test.variables); i += 2 {
			t.Setenv(test.variables[i], test.variables[i+1])
		}
		s, err := resolveSettings(t, test.options...)
		if err != nil {
			t.Error(err)
			continue
		}
		got := s.SpanBatch
		if want := (settings.BatchConfig{QueueSize: test.queue, BatchSize: test.size, Delay: test.delay, ExportTimeout: test.export}); got != want {
			t.Errorf("%v: got %+v, want %+v", test.variables, got, want)
		}
	}
}

// TestBatchLargerThanQueueIsRefused proves that Setup refuses a batch size that is
// larger than the queue, and names both settings.
func TestBatchLargerThanQueueIsRefused(t *testing.T) {
	for _, test := range []struct {
		variables []string
		options   []Option
		want      string
	}{
		{[]string{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"}, nil,
			`OTEL_BSP_MAX_EXPORT_BATCH_SIZE="4096": more than the default OTEL_BSP_MAX_QUEUE_SIZE of 2048`},
		{[]string{"OTEL_BSP_MAX_QUEUE_SIZE", "8"}, []Option{WithMaxExportBatchSize(9)},
			`WithMaxExportBatchSize="9": more than OTEL_BSP_MAX_QUEUE_SIZE of 8`},
		{nil, []Option{WithMaxQueueSize(8), WithMaxExportBatchSize(9)},
			`WithMaxExportBatchSize="9": more than WithMaxQueueSize of 8`},
	} {
		envtest.Clear(t)
		for i := 0; i < len(test.variables); i += 2 {
			t.Setenv(test.variables[i], test.variables[i+1])
		}
		if _, err := Setup(t.Context(), test.options...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q in it", err, test.want)
		}
	}
}

func TestSDKDisabledRecordsNothing(t *testing.T) {
	tel := setup(t, []string{
		"OTEL_SDK_DISABLED", "TRUE",
		// The invalid endpoint is not an error, since nothing is exported.
		"OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://nowhere",
	})
	carrier := propagation.MapCarrier{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
	ctx := otel.GetTextMapPropagator().Extract(t.Context(), carrier)
	ctx, span := tel.TracerProvider().Tracer("test").Start(ctx, "work")
	if span.IsRecording() {
		t.Error("the span is recorded")
	}
	out := propagation.MapCarrier{}
	tel.Propagator().Inject(ctx, out)
	if out["traceparent"] != carrier["traceparent"] {
		t.Errorf("got %q, want the caller's context passed on", out["traceparent"])
	}
	taskDone := make(chan struct{})
	tel.Go(ctx, "task", func(ctx context.Context) error { close(taskDone); return ctx.Err() })
	<-taskDone
	if err := tel.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := tel.Stats(); got != (Stats{}) {
		t.Errorf("got %+v, want nothing counted", got)
	}
}

func TestSetupRegistersGlobals(t *testing.T) {
	tel := setup(t, []string{"OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"})
	if otel.GetTracerProvider() != tel.TracerProvider() || otel.GetMeterProvider() != tel.MeterProvider() {
		t.Error("the providers are not registered")
	}
	if tel.HTTPEngine() == nil || tel.HTTPEngine().TracerProvider() != tel.TracerProvider() {
		t.Error("the engine has another provider")
	}
	var nilTelemetry *Telemetry
	if nilTelemetry.HTTPEngine() != nil {
		t.Error("a nil Telemetry has an engine")
	}
}

func TestVariableSelectsPropagators(t *testing.T) {
	for value, want := range map[string][]string{
		"":                       {"baggage", "traceparent", "tracestate"},
		" b3 , tracecontext":     {"traceparent", "tracestate", "b3"},
		"tracecontext,none":      nil,
		"none":                   nil,
		" baggage":               {"baggage"},
		"jaeger":                 {"uber-trace-id"},
		"tracecontext, baggage,": {"baggage", "traceparent", "tracestate"},
	} {
		envtest.Clear(t)
		t.Setenv("OTEL_PROPAGATORS", value)
		s, err := resolveSettings(t)
		if err != nil {
			t.Error(err)
		}
		propagator := s.Propagator
		fields := make(map[string]bool)
		for _, field := range propagator.Fields() {
			fields[field] = true
		}
		for _, field := range want {
			if !fields[field] {
				t.Errorf("%q: got %v, want %s among them", value, propagator.Fields(), field)
			}
		}
		if want == nil && len(fields) > 0 {
			t.Errorf("%q: got %v, want none", value, propagator.Fields())
		}
	}
}

func TestVariableSelectsSampler(t *testing.T) {
	remote := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled, Remote: true})
	for _, test := range []struct {
		name, argument string
		root, child    bool
	}{
		{"", "", true, true},
		{"always_on", "", true, true},
		{"always_off", "", false, false},
		{"traceidratio", "0", false, false},
		{"traceidratio", "", true, true},
		{"parentbased_always_on", "", true, true},
		{"parentbased_always_off", "", false, true},
		{"parentbased_traceidratio", "0.0", false, true},
	} {
		tel := setup(t, []string{"OTEL_TRACES_EXPORTER", "console", "OTEL_TRACES_SAMPLER", test.name, "OTEL_TRACES_SAMPLER_ARG", test.argument},
			WithDevelopment(new(logtest.Buffer)), WithoutGlobals())
		tracer := tel.TracerProvider().Tracer("test")
		_, root := tracer.Start(t.Context(), "root")
		_, child := tracer.Start(trace.ContextWithRemoteSpanContext(t.Context(), remote), "child")
		if root.IsRecording() != test.root || child.IsRecording() != test.child {
			t.Errorf("%s %s: got %v and %v, want %v and %v", test.name, test.argument, root.IsRecording(), child.IsRecording(), test.root, test.child)
		}
		root.End()
		child.End()
	}
}
