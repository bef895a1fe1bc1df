package core

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/core/register"
	"github.com/samespan/samespan/internal/env"
	"github.com/samespan/samespan/internal/logtest"
)

// registeredParts are the components that init registers, under names that begin with
// "test_".
var registeredParts struct {
	spans   memorySpanExporter
	points  memoryMetricExporter
	records memoryLogExporter
	reader  atomic.Pointer[manualReader]
	sampler atomic.Pointer[registeredSampler]
}

func init() {
	register.SpanExporter("test_memory", func(context.Context) (sdktrace.SpanExporter, error) { return &registeredParts.spans, nil })
	register.MetricExporter("test_memory", func(context.Context) (sdkmetric.Exporter, error) { return &registeredParts.points, nil })
	register.LogExporter("test_memory", func(context.Context) (sdklog.Exporter, error) { return &registeredParts.records, nil })
	register.MetricReader("test_scraped", func(context.Context) (sdkmetric.Reader, error) {
		reader := newManualReader()
		registeredParts.reader.Store(reader)
		return reader, nil
	})
	register.Sampler("test_sampler", func(_ context.Context, config register.SamplerConfig) (sdktrace.Sampler, error) {
		sampler := &registeredSampler{Sampler: sdktrace.AlwaysSample(), config: config}
		registeredParts.sampler.Store(sampler)
		return sampler, nil
	})
	register.IDGenerator("test_ids", func(context.Context) (sdktrace.IDGenerator, error) { return fixedIDGenerator{}, nil })
	register.SpanExporter("test_failing", func(context.Context) (sdktrace.SpanExporter, error) {
		return nil, &env.Invalid{Name: "TEST_PORT", Value: "x", Problem: "no port", Want: "a number"}
	})
	register.MetricReader("test_failing", func(context.Context) (sdkmetric.Reader, error) { return nil, errors.New("the port is in use") })
	register.SpanExporter("test_nil", func(context.Context) (sdktrace.SpanExporter, error) { return nil, nil })
	register.SpanExporter("test_panicking", func(context.Context) (sdktrace.SpanExporter, error) { panic("broken") })
}

// registeredSampler records the arguments it was created with, and how often it
// was shut down.
type registeredSampler struct {
	sdktrace.Sampler
	config    register.SamplerConfig // the argument of the constructor
	shutdowns atomic.Int32
}

func (s *registeredSampler) Shutdown(context.Context) error {
	s.shutdowns.Add(1)
	return nil
}

// fixedIDGenerator always generates the same ids.
type fixedIDGenerator struct{}

func (fixedIDGenerator) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	return trace.TraceID{1}, trace.SpanID{2}
}
func (fixedIDGenerator) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	return trace.SpanID{3}
}

// TestVariableSelectsSeveralExporters proves that a variable may list several
// exporters, including registered ones. Each gets all telemetry and is shut down once, and
// its exports are counted.
func TestVariableSelectsSeveralExporters(t *testing.T) {
	r := newReceiver(t, nil)
	registeredParts.spans.reset()
	registeredParts.points.reset()
	registeredParts.records.reset()
	tel := setup(t, []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address,
		"OTEL_TRACES_EXPORTER", "otlp, TEST_memory, otlp", "OTEL_METRICS_EXPORTER", "test_memory,test_scraped,otlp", "OTEL_LOGS_EXPORTER", "otlp,test_memory,",
		"OTEL_TRACES_SAMPLER", "test_sampler", "OTEL_TRACES_SAMPLER_ARG", "endpoint=x", "OTEL_GO_ID_GENERATOR", "test_ids",
	}, WithServiceName("orders"), WithSampler(sdktrace.NeverSample()), WithIDGenerator(overriddenIDGenerator{}))
	emitEachSignal(t, tel, "work")
	if err := tel.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	if got := registeredParts.reader.Load().collectNames(t); !strings.Contains(got, "work") {
		t.Errorf("the reader has %q, want work", got)
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := r.spanCountsByName(); got["work"] != 1 {
		t.Errorf("the collector got %v", got)
	}
	if got := registeredParts.spans.names(); got != "work" {
		t.Errorf("got spans %q, want work", got)
	}
	if got := registeredParts.records.bodies(); got != "work" {
		t.Errorf("got records %q, want work", got)
	}
	if got := registeredParts.points.names(); !strings.Contains(got, "work") || len(r.metrics) == 0 {
		t.Errorf("got metrics %q and %v, want work", got, r.metrics)
	}
	for name, shutdowns := range map[string]*atomic.Int32{
		"spans": &registeredParts.spans.shutdowns, "points": &registeredParts.points.shutdowns, "records": &registeredParts.records.shutdowns,
		"reader": &registeredParts.reader.Load().shutdowns, "sampler": &registeredParts.sampler.Load().shutdowns,
	} {
		if got := shutdowns.Load(); got != 1 {
			t.Errorf("%s: shut down %d times, want once", name, got)
		}
	}
	if got := registeredParts.sampler.Load().config; got.ServiceName != "orders" || got.Argument != "endpoint=x" || got.Report == nil {
		t.Errorf("the sampler was made with %+v, want the service orders, the argument endpoint=x and what reports", got)
	}
	if got := registeredParts.spans.lastItem().SpanContext().TraceID(); got != (trace.TraceID{1}) {
		t.Errorf("got trace id %s, want that of the generator of the variable", got)
	}
	var counted []string
	for _, s := range tel.ExporterStats() {
		counted = append(counted, s.Signal+" "+s.Exporter)
		if s.Items.Ended == 0 || s.Items.Exported != s.Items.Ended {
			t.Errorf("%s of %s: got %+v, want all exported", s.Signal, s.Exporter, s.Items)
		}
	}
	if got := strings.Join(counted, ", "); got != "traces otlp, metrics test_memory, logs otlp, traces test_memory, metrics otlp, logs test_memory" {
		t.Errorf("counted %s", got)
	}
	for _, want := range []string{"traces: otlp, grpc to", "; test_memory, queue 2048", "sampler test_sampler, id generator test_ids", "metrics: test_memory, every 1m0s", "; test_scraped;"} {
		if got := tel.String(); !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}

// overriddenIDGenerator is a generator that is passed to WithIDGenerator, but must not be
// used, since OTEL_GO_ID_GENERATOR selects another generator.
type overriddenIDGenerator struct{ fixedIDGenerator }

// TestUnregisteredNameIsRefused proves that Setup refuses a name that the service has
// not registered, and names the missing import if a package of this project registers
// it. An error of a registered constructor makes Setup fail too.
func TestUnregisteredNameIsRefused(t *testing.T) {
	for _, test := range []struct{ variable, value, want string }{
		{"OTEL_METRICS_EXPORTER", "otlp,prometheus", `import _ "github.com/samespan/samespan/core/prometheus"`},
		{"OTEL_TRACES_SAMPLER", "Jaeger_Remote", `import _ "github.com/samespan/samespan/core/jaegerremote"`},
		{"OTEL_TRACES_SAMPLER", "parentbased_jaeger_remote", `import _ "github.com/samespan/samespan/core/jaegerremote"`},
		{"OTEL_GO_RUNTIME_METRICS", "TRUE", `import _ "github.com/samespan/samespan/core/runtimemetrics" in the service, or false`},
		{"OTEL_TRACES_SAMPLER", "xray", "one of always_on, "},
		{"OTEL_GO_ID_GENERATOR", "XRay", `import _ "github.com/samespan/samespan/core/xray"`},
		{"OTEL_GO_ID_GENERATOR", "snowflake", "one of random"},
		{"OTEL_TRACES_EXPORTER", "zipkin", "one of otlp, console, none, "},
		{"OTEL_TRACES_EXPORTER", "otlp,none", "only none"},
		{"OTEL_TRACES_EXPORTER", "otlp,test_failing", `TEST_PORT="x": no port`},
		{"OTEL_TRACES_EXPORTER", "test_nil", "returned nil"},
		{"OTEL_TRACES_EXPORTER", "test_panicking", "panicked: broken"},
	} {
		t.Run(test.variable+"="+test.value, func(t *testing.T) {
			envtest.Clear(t)
			t.Setenv(test.variable, test.value)
			tel, err := Setup(t.Context())
			var setting *SettingError
			if !errors.As(err, &setting) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestFailedReaderIsTheOnlyError proves that if one reader of metrics cannot be built, the
// error of Setup is that of the reader, and not also that of another reader, which was built
// before and is not in use.
func TestFailedReaderIsTheOnlyError(t *testing.T) {
	envtest.Clear(t)
	t.Setenv("OTEL_METRICS_EXPORTER", "otlp,test_failing")
	_, err := Setup(t.Context(), WithoutGlobals())
	if err == nil || !strings.HasSuffix(err.Error(), "the port is in use") {
		t.Errorf("got %v, want only the error of the reader", err)
	}
}

// TestRuntimeMetricsWithoutImportAreRefused enables runtime metrics in a service that
// does not import package runtimemetrics. It proves that Setup returns an error that
// names the missing import, even if no metrics would be exported. With
// WithLenientEnvironment, Setup logs a warning instead if the variable enables the
// metrics, but still returns an error if the option does.
func TestRuntimeMetricsWithoutImportAreRefused(t *testing.T) {
	const variable, missing = "OTEL_GO_RUNTIME_METRICS", `import _ "github.com/samespan/samespan/core/runtimemetrics"`
	for name, test := range map[string]struct {
		variables []string
		options   []Option
	}{
		"option":            {nil, []Option{WithRuntimeMetrics()}},
		"turned off":        {[]string{variable, "false"}, []Option{WithRuntimeMetrics()}},
		"disabled":          {nil, []Option{WithDisabled(), WithRuntimeMetrics()}},
		"lenient":           {nil, []Option{WithLenientEnvironment(), WithRuntimeMetrics()}},
		"own providers":     {[]string{variable, "true"}, []Option{WithProviders(Providers{MeterProvider: metricnoop.NewMeterProvider()})}},
		"in no exporter":    {[]string{variable, "true", "OTEL_METRICS_EXPORTER", "none"}, nil},
		"several at a time": {[]string{variable, "true"}, []Option{WithRuntimeMetrics()}},
	} {
		t.Run(name, func(t *testing.T) {
			envtest.Clear(t)
			for i := 0; i < len(test.variables); i += 2 {
				t.Setenv(test.variables[i], test.variables[i+1])
			}
			_, err := Setup(t.Context(), append(test.options, WithoutGlobals())...)
			var setting *SettingError
			if !errors.As(err, &setting) || !strings.Contains(err.Error(), missing) || setting.Setting != "WithRuntimeMetrics" && setting.Setting != variable {
				t.Errorf("got %v, want an error that names %s", err, missing)
			}
		})
	}
	t.Run("lenient variable", func(t *testing.T) {
		logger, log := logtest.New()
		tel := setup(t, []string{variable, "true"}, WithLenientEnvironment(), WithLogger(logger), WithShutdownTimeout(10*time.Millisecond))
		if !log.Line(variable, missing[:8]) || !strings.Contains(tel.String(), "runtime metrics off") {
			t.Errorf("got log %s and\n%s\nwant a warning, and the metrics off", log, tel)
		}
	})
}
