package core

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/internal/logtest"
)

// The methods ForceFlush and Shutdown of these types only call flushOrShutdown, which may
// fail, panic or block. Exports work as usual.
type (
	hookedSpanExporter struct {
		*memorySpanExporter
		flushOrShutdown func() error // called by ForceFlush and Shutdown
	}
	hookedLogExporter struct {
		*memoryLogExporter
		flushOrShutdown func() error // called by ForceFlush and Shutdown
	}
	hookedMetricExporter struct {
		*memoryMetricExporter
		flushOrShutdown func() error // called by ForceFlush and Shutdown
	}
	hookedReader struct {
		sdkmetric.Reader
		flushOrShutdown func() error // called by ForceFlush and Shutdown
	}
)

func (e hookedSpanExporter) Shutdown(context.Context) error     { return e.flushOrShutdown() }
func (e hookedLogExporter) ForceFlush(context.Context) error    { return e.flushOrShutdown() }
func (e hookedLogExporter) Shutdown(context.Context) error      { return e.flushOrShutdown() }
func (e hookedMetricExporter) ForceFlush(context.Context) error { return e.flushOrShutdown() }
func (e hookedMetricExporter) Shutdown(context.Context) error   { return e.flushOrShutdown() }
func (e hookedReader) ForceFlush(context.Context) error         { return e.flushOrShutdown() }
func (e hookedReader) Shutdown(context.Context) error           { return e.flushOrShutdown() }

// TestFaultyShutdownOfAddedComponentLosesNothing adds components whose flush and shutdown
// fail, panic or never return. It proves that no telemetry is lost, that the error
// names the component, and that the shutdown ends within its limit.
func TestFaultyShutdownOfAddedComponentLosesNothing(t *testing.T) {
	testEnded := make(chan struct{})
	t.Cleanup(func() { close(testEnded) })
	for fault, test := range map[string]struct {
		flushOrShutdown func() error
		want            string
	}{
		"fails":  {func() error { return errors.New("a fault") }, "a fault"},
		"panics": {func() error { panic("broken") }, "panicked: broken"},
		"blocks": {func() error { <-testEnded; return nil }, "did not finish within"},
	} {
		t.Run(fault, func(t *testing.T) {
			var spans memorySpanExporter
			var records memoryLogExporter
			var points memoryMetricExporter
			for part, option := range map[string]Option{
				"core.hookedSpanExporter": WithSpanExporter(hookedSpanExporter{&spans, test.flushOrShutdown}), "core.hookedLogExporter": WithLogExporter(hookedLogExporter{&records, test.flushOrShutdown}),
				"core.hookedMetricExporter": WithMetricExporter(hookedMetricExporter{&points, test.flushOrShutdown}), "core.hookedReader": WithMetricReader(hookedReader{sdkmetric.NewManualReader(), test.flushOrShutdown}),
			} {
				r := newReceiver(t, nil)
				logger, _ := logtest.New()
				tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, option, WithLogger(logger), WithShutdownTimeout(time.Second))
				emitEachSignal(t, tel, "work")
				_ = tel.ForceFlush(t.Context())
				emitEachSignal(t, tel, "more")
				began := time.Now()
				err := tel.Shutdown(t.Context())
				if took := time.Since(began); took > 8*time.Second {
					t.Errorf("%s: the shutdown took %v, want a second", part, took)
				}
				if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, ErrLost) {
					t.Errorf("%s: got %v, want %q and nothing lost", part, err, test.want)
				}
				if got := r.spanCountsByName(); got["work"] != 1 || got["more"] != 1 || len(r.records) != 2 {
					t.Errorf("%s: the collector got %v and %d records, want two of each", part, got, len(r.records))
				}
				if got := tel.Stats(); got.Traces.Exported != 2 || got.Logs.Exported != 2 || got.Metrics.Failed != 0 {
					t.Errorf("%s: got %+v, want everything exported over OTLP", part, got)
				}
				for _, s := range tel.ExporterStats() {
					if s.Items.Ended != s.Items.Exported || s.Items.Ended == 0 {
						t.Errorf("%s: %s of %s: got %+v, want all exported", part, s.Signal, s.Exporter, s.Items)
					}
				}
			}
			if spans.names() != "work,more" || records.bodies() != "work,more" {
				t.Errorf("the added exporters got %q and %q, want both", spans.names(), records.bodies())
			}
		})
	}
}

// bufferingLogExporter is a log exporter that buffers records until ForceFlush is called.
type bufferingLogExporter struct {
	memoryLogExporter
	flushed memoryLogExporter
}

func (e *bufferingLogExporter) ForceFlush(ctx context.Context) error {
	records := e.allItems()
	e.reset()
	return e.flushed.Export(ctx, records)
}

// TestFlushFlushesLogExporter proves that a flush and a shutdown also flush a log exporter
// of the service, after they have exported all records to it. Otherwise records that the
// exporter buffers would be late or lost.
func TestFlushFlushesLogExporter(t *testing.T) {
	var exporter bufferingLogExporter
	tel := setup(t, []string{"OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"}, WithLogExporter(&exporter))
	for _, step := range []struct {
		name, want string
		do         func(context.Context) error
	}{{"flush", "flush", tel.ForceFlush}, {"shutdown", "flush,shutdown", tel.Shutdown}} {
		emitEachSignal(t, tel, step.name)
		if err := step.do(t.Context()); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := exporter.flushed.bodies(); got != step.want {
			t.Errorf("%s: the exporter has flushed %q, want %q", step.name, got, step.want)
		}
	}
	if n := exporter.shutdowns.Load(); n != 1 {
		t.Errorf("got %d shutdowns, want 1", n)
	}
}

// panickingSampler panics for spans with the name "bad".
type panickingSampler struct{ sdktrace.Sampler }

func (s panickingSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if p.Name == "bad" {
		panic("broken")
	}
	return s.Sampler.ShouldSample(p)
}

// TestDefaultSamplerDecidesIfSamplerPanics proves that the default sampler decides
// if the service's sampler panics, and that the panic is logged once. It tests a sampler
// of WithSampler, and a sampler of a provider that the service has built.
func TestDefaultSamplerDecidesIfSamplerPanics(t *testing.T) {
	sampler := panickingSampler{sdktrace.NeverSample()}
	checkLoggedOnce := func(t *testing.T, log *logtest.Buffer) {
		t.Helper()
		if n := strings.Count(log.String(), "the sampler core.panickingSampler panicked"); n != 1 {
			t.Errorf("logged %d times, want once\n%s", n, log)
		}
	}
	checkSampling := func(t *testing.T, tel *Telemetry) {
		t.Helper()
		for _, name := range []string{"good", "bad", "bad"} {
			_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), name)
			if got, want := span.IsRecording(), name == "bad"; got != want {
				t.Errorf("%s: recorded %t, want %t", name, got, want)
			}
			span.End()
		}
	}
	t.Run("of Setup", func(t *testing.T) {
		logger, log := logtest.New()
		tel := setup(t, nil, WithSampler(sampler), WithLogger(logger), WithShutdownTimeout(10*time.Millisecond))
		checkSampling(t, tel)
		checkLoggedOnce(t, log)
	})
	t.Run("of a provider", func(t *testing.T) {
		logger, log := logtest.New()
		tel := setup(t, nil, WithLogger(logger), WithProviders(Providers{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSampler(Sampler(sampler)))}))
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { logger.Error(err.Error()) }))
		checkSampling(t, tel)
		checkLoggedOnce(t, log)
	})
}

// TestBlockedFlushIsNotRepeated proves that ForceFlush of a component of the service is not
// called again before the previous call has returned. Otherwise, if a component blocks,
// each flush would leave a goroutine behind. Some services flush after each request.
func TestBlockedFlushIsNotRepeated(t *testing.T) {
	r := newReceiver(t, nil)
	release := make(chan struct{})
	processor := &countingProcessor{flushOrShutdown: func(context.Context) error { <-release; return nil }}
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithSpanProcessor(processor))
	for i := range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if err := tel.ForceFlush(ctx); err == nil || !strings.Contains(err.Error(), "span processor *core.countingProcessor: ") || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("flush %d: got %v, want the processor and that it is not done in time", i, err)
		}
		cancel()
	}
	eventually(t, "the processor is flushed", func() bool { return processor.flushes.Load() > 0 })
	if got := processor.flushes.Load(); got != 1 {
		t.Errorf("got %d calls while the first one blocks, want 1", got)
	}
	close(release)
	if err := tel.ForceFlush(t.Context()); err != nil || processor.flushes.Load() != 2 {
		t.Errorf("got %v and %d calls, want another call", err, processor.flushes.Load())
	}
}
