package core

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/internal/logtest"
)

// faultFuncs holds the functions that the methods of a faultyProcessor call.
type faultFuncs struct{ onStart, onEnd, onEmit, flush, shutdown func() error }

// faultyProcessor is a span and log processor that adds an attribute, counts its calls
// and then calls the function that faultFuncs has for the method, unless it is nil.
type faultyProcessor struct {
	faultFuncs
	starts, spanEnds, emits, flushes, shutdowns atomic.Int32 // numbers of calls
}

// countAndCall adds 1 to count. It returns the result of call, or nil if call is nil.
func countAndCall(count *atomic.Int32, call func() error) error {
	count.Add(1)
	if call == nil {
		return nil
	}
	return call()
}

func (f *faultyProcessor) OnStart(_ context.Context, span sdktrace.ReadWriteSpan) {
	span.SetAttributes(attribute.String("tenant", "a"))
	_ = countAndCall(&f.starts, f.onStart)
}
func (f *faultyProcessor) OnEnd(sdktrace.ReadOnlySpan)      { _ = countAndCall(&f.spanEnds, f.onEnd) }
func (f *faultyProcessor) ForceFlush(context.Context) error { return countAndCall(&f.flushes, f.flush) }
func (f *faultyProcessor) Shutdown(context.Context) error {
	return countAndCall(&f.shutdowns, f.shutdown)
}
func (f *faultyProcessor) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }
func (f *faultyProcessor) OnEmit(_ context.Context, record *sdklog.Record) error {
	record.AddAttributes(attribute.String("tenant", "a"))
	return countAndCall(&f.emits, f.onEmit)
}

// TestAddedProcessorSeesAllAndLosesNothing proves that a processor that the service
// adds sees everything, is flushed and shut down once, and cannot make the service lose
// telemetry or delay the shutdown beyond its limit.
func TestAddedProcessorSeesAllAndLosesNothing(t *testing.T) {
	testEnded := make(chan struct{})
	t.Cleanup(func() { close(testEnded) })
	var (
		panics = func() error { panic("broken") }
		blocks = func() error { <-testEnded; return nil }
		fails  = func() error { return errors.New("a fault") }
	)
	for _, test := range []struct {
		name  string
		funcs faultFuncs
		// logged is a text that the log must contain. returned is a text that the
		// error of Shutdown must contain.
		logged, returned string
	}{
		{name: "none"},
		{name: "OnStart panics", funcs: faultFuncs{onStart: panics}, logged: "OnStart panicked: broken"},
		{name: "OnEnd panics", funcs: faultFuncs{onEnd: panics}, logged: "OnEnd panicked: broken"},
		{name: "OnEmit panics", funcs: faultFuncs{onEmit: panics}, logged: "OnEmit panicked: broken"},
		{name: "OnEmit fails", funcs: faultFuncs{onEmit: fails}, logged: "a fault"},
		{name: "ForceFlush panics", funcs: faultFuncs{flush: panics}},
		{name: "ForceFlush blocks", funcs: faultFuncs{flush: blocks}},
		{name: "Shutdown fails", funcs: faultFuncs{shutdown: fails}, returned: "a fault"},
		{name: "Shutdown panics", funcs: faultFuncs{shutdown: panics}, returned: "panicked: broken"},
		{name: "Shutdown blocks", funcs: faultFuncs{shutdown: blocks}, returned: "the shutdown did not finish within"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newReceiver(t, nil)
			logger, logged := logtest.New()
			f := &faultyProcessor{faultFuncs: test.funcs}
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address},
				WithSpanProcessor(f), WithLogProcessor(f), WithLogger(logger), WithShutdownTimeout(2*time.Second))
			emitEachSignal(t, tel, "work")
			_ = tel.ForceFlush(t.Context())
			emitEachSignal(t, tel, "more")
			began := time.Now()
			err := tel.Shutdown(t.Context())
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("the shutdown took %v", took)
			}
			if got := r.spanCountsByName(); got["work"] != 1 || got["more"] != 1 {
				t.Errorf("got spans %v", got)
			}
			if attributes := r.span("work").Attributes; len(attributes) != 1 || attributes[0].Key != "tenant" {
				t.Errorf("got %v, want the attribute of the processor", attributes)
			}
			if len(r.records) != 2 || len(r.records[0].Attributes) != 1 {
				t.Errorf("got records %v, want two with the attribute of the processor", r.records)
			}
			if f.starts.Load() != 2 || f.spanEnds.Load() != 2 || f.emits.Load() != 2 || f.flushes.Load() != 2 || f.shutdowns.Load() != 2 {
				t.Errorf("called: %d starts, %d ends, %d emits, %d flushes, %d shutdowns; want 2 of each, one of each processor for the last two",
					f.starts.Load(), f.spanEnds.Load(), f.emits.Load(), f.flushes.Load(), f.shutdowns.Load())
			}
			if test.logged != "" && !logged.Line(test.logged, "processor *core.faultyProcessor") {
				t.Errorf("want %q in the log\n%s", test.logged, logged)
			}
			if test.returned == "" && err != nil || test.returned != "" && (err == nil || !strings.Contains(err.Error(), test.returned) || !strings.Contains(err.Error(), "processor *core.faultyProcessor")) {
				t.Errorf("got the error %v, want %q", err, test.returned)
			}
			if errors.Is(err, ErrLost) {
				t.Errorf("got %v, want nothing lost", err)
			}
			emitEachSignal(t, tel, "late")
			if f.spanEnds.Load() != 2 || f.emits.Load() != 2 {
				t.Error("a processor was told of what came after its shutdown")
			}
		})
	}
}

// TestBlockedProcessorDoesNotHoldBackSpans proves that the exporters get a span even
// if the OnEnd of an added processor never returns.
func TestBlockedProcessorDoesNotHoldBackSpans(t *testing.T) {
	r := newReceiver(t, nil)
	neverReturn := make(chan struct{})
	ended := make(chan struct{})
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address},
		WithSpanProcessor(&faultyProcessor{faultFuncs: faultFuncs{onEnd: func() error { <-neverReturn; return nil }}}))
	go func() {
		defer close(ended)
		_, span := tel.TracerProvider().Tracer("test").Start(context.Background(), "work")
		span.End()
	}()
	eventually(t, "the span is queued", func() bool { return tel.Stats().Traces.Ended == 1 })
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	close(neverReturn)
	<-ended
	if got := r.spanCountsByName(); got["work"] != 1 {
		t.Errorf("got spans %v, want work", got)
	}
}

// TestExporterNoneKeepsAddedProcessors proves that added processors and readers still work
// with OTEL_TRACES_EXPORTER=none and the same value for metrics and logs, but not with
// OTEL_SDK_DISABLED=true.
func TestExporterNoneKeepsAddedProcessors(t *testing.T) {
	for _, disabled := range []string{"", "true"} {
		f, reader := new(faultyProcessor), newManualReader()
		tel := setup(t, []string{
			"OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none", "OTEL_SDK_DISABLED", disabled,
		}, WithSpanProcessor(f), WithLogProcessor(f), WithMetricReader(reader))
		emitEachSignal(t, tel, "work")
		want := int32(1)
		if disabled != "" {
			want = 0
		} else if got := reader.collectNames(t); got != "work" {
			t.Errorf("the reader has %q, want work", got)
		}
		if f.starts.Load() != want || f.spanEnds.Load() != want || f.emits.Load() != want {
			t.Errorf("disabled %q: got %d starts, %d ends, %d records, want %d of each", disabled, f.starts.Load(), f.spanEnds.Load(), f.emits.Load(), want)
		}
		if err := tel.Shutdown(t.Context()); err != nil || tel.Stats() != (Stats{}) || len(tel.ExporterStats()) != 0 {
			t.Errorf("got %v, %+v and %+v", err, tel.Stats(), tel.ExporterStats())
		}
	}
}

// TestAddedExporterDoesNotAffectCollector proves that an exporter that the service adds
// gets everything, that the results of its exports are counted, and that its faults
// neither affect the collector's exporter nor delay the shutdown beyond its limit.
func TestAddedExporterDoesNotAffectCollector(t *testing.T) {
	var nilError *panickingError
	for _, fault := range []string{"", "fails", "panics", "blocks", "returns a nil pointer"} {
		for _, withoutOTLP := range []bool{false, true} {
			name := fault + " beside otlp"
			if withoutOTLP {
				name = fault + " alone"
			}
			t.Run(name, func(t *testing.T) {
				r := newReceiver(t, nil)
				logger, logged := logtest.New()
				var spans memorySpanExporter
				var points memoryMetricExporter
				var records memoryLogExporter
				testEnded := make(chan struct{})
				t.Cleanup(func() { close(testEnded) })
				switch fault {
				case "fails":
					spans.err, points.err, records.err = errors.New("a fault"), errors.New("a fault"), errors.New("a fault")
				case "panics":
					spans.shouldPanic, points.shouldPanic, records.shouldPanic = true, true, true
				case "returns a nil pointer":
					spans.err, points.err, records.err = nilError, nilError, nilError
				case "blocks":
					spans.unblock, points.unblock, records.unblock = testEnded, testEnded, testEnded
				}
				variables := []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}
				if withoutOTLP {
					variables = append(variables, "OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none")
				}
				tel := setup(t, variables, WithSpanExporter(&spans), WithMetricExporter(&points), WithLogExporter(&records),
					WithLogger(logger), WithShutdownTimeout(2*time.Second))
				emitEachSignal(t, tel, "work")
				began := time.Now()
				err := tel.Shutdown(t.Context())
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("the shutdown took %v", took)
				}
				if !withoutOTLP {
					if got := r.spanCountsByName(); got["work"] != 1 || len(r.records) != 1 || len(r.metrics) != 1 {
						t.Errorf("the collector got %v, %v and %v", got, r.records, r.metrics)
					}
					if got := tel.Stats(); got.Traces.Exported != 1 || got.Logs.Exported != 1 || got.Metrics.Points.Exported != 1 {
						t.Errorf("got %+v, want all exported", got)
					}
				}
				exporters := 0
				for _, s := range tel.ExporterStats() {
					if s.Exporter == "otlp" {
						continue
					}
					exporters++
					want := SpanStats{Ended: 1, Exported: 1}
					if fault != "" {
						want = SpanStats{Ended: 1, Failed: 1}
					}
					if s.Items != want {
						t.Errorf("%s of %s: got %+v, want %+v", s.Signal, s.Exporter, s.Items, want)
					}
				}
				if exporters != 3 {
					t.Errorf("got %+v, want three more exporters", tel.ExporterStats())
				}
				if fault == "" {
					if err != nil || spans.names() != "work" || points.names() != "work" || records.bodies() != "work" {
						t.Errorf("got %v, %q, %q and %q", err, spans.names(), points.names(), records.bodies())
					}
				} else {
					if !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "*core.memorySpanExporter") {
						t.Errorf("got the error %v, want ErrLost that names the exporter", err)
					}
					if !logged.Line("could not be exported", "*core.memorySpanExporter") {
						t.Errorf("want the exporter in the log\n%s", logged)
					}
				}
				for signal, shutdowns := range map[string]*atomic.Int32{"spans": &spans.shutdowns, "points": &points.shutdowns, "records": &records.shutdowns} {
					// An exporter that has been abandoned is shut down in the
					// background.
					eventually(t, signal+" shut down", func() bool { return shutdowns.Load() > 0 })
					if got := shutdowns.Load(); got != 1 {
						t.Errorf("%s: shut down %d times, want once", signal, got)
					}
				}
			})
		}
	}
}

// TestBlockedExporterDoesNotAffectCollector adds an exporter whose Export never returns.
// It proves that Export is not called again, that the queue of the exporter stays within
// its limit, and that the collector still gets everything.
func TestBlockedExporterDoesNotAffectCollector(t *testing.T) {
	r := newReceiver(t, nil)
	var spans memorySpanExporter
	spans.unblock = make(chan struct{})
	tel := setup(t, []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none",
		"OTEL_BSP_MAX_QUEUE_SIZE", "20", "OTEL_BSP_SCHEDULE_DELAY", "0", "OTEL_BSP_EXPORT_TIMEOUT", "5000",
	}, WithSpanExporter(&spans), WithShutdownTimeout(2*time.Second))
	for range 5 {
		endSpans(t, tel, 20)
		eventually(t, "the collector has all", func() bool { s := tel.Stats().Traces; return s.Exported+s.Dropped+s.Failed == s.Ended })
	}
	_ = tel.Shutdown(t.Context())
	close(spans.unblock)
	for _, s := range tel.ExporterStats() {
		if s.Items.Ended != 100 || s.Items.Queued != 0 {
			t.Errorf("%s: got %+v, want 100 accounted for", s.Exporter, s.Items)
		}
	}
	if got := tel.Stats().Traces; got.Exported != 100 {
		t.Errorf("got %+v, want all exported over OTLP", got)
	}
}

// TestBlockedReaderDoesNotAffectCollector proves that an added reader is shut down once.
// If the Shutdown of a reader never returns, the collector still gets all metrics, and
// the shutdown of the service ends within its limit.
func TestBlockedReaderDoesNotAffectCollector(t *testing.T) {
	r := newReceiver(t, nil)
	good, bad := newManualReader(), newManualReader()
	bad.unblock = make(chan struct{})
	t.Cleanup(func() { close(bad.unblock) })
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address},
		WithMetricReader(bad), WithMetricReader(good), WithShutdownTimeout(time.Second),
		WithView(sdkmetric.NewView(sdkmetric.Instrument{Name: "nothing has this name"}, sdkmetric.Stream{Name: "x"})),
		WithView(sdkmetric.NewView(sdkmetric.Instrument{Name: "work"}, sdkmetric.Stream{Name: "renamed"})))
	emitEachSignal(t, tel, "work")
	if got := good.collectNames(t); got != "renamed" {
		t.Errorf("the reader has %q, want the name of the view", got)
	}
	began := time.Now()
	err := tel.Shutdown(t.Context())
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the shutdown took %v", took)
	}
	if err == nil || !strings.Contains(err.Error(), "reader *core.manualReader: the shutdown did not finish") {
		t.Errorf("got %v, want the reader that blocks", err)
	}
	if good.shutdowns.Load() != 1 || bad.shutdowns.Load() != 1 {
		t.Errorf("shut down %d and %d times, want once each", good.shutdowns.Load(), bad.shutdowns.Load())
	}
	if len(r.metrics) != 1 || r.metrics[0].Name != "renamed" {
		t.Errorf("got metrics %v, want the one of the view", r.metrics)
	}
	if got := tel.String(); !strings.Contains(got, "reader *core.manualReader") || !strings.Contains(got, "views 2") {
		t.Errorf("want readers and views in\n%s", got)
	}
}

// TestNilComponentIsRefused proves that adding a nil processor, exporter or reader is
// an error that names the option.
func TestNilComponentIsRefused(t *testing.T) {
	limits := sdktrace.NewSpanLimits()
	limits.LinkCountLimit = -2
	for name, option := range map[string]Option{
		"WithSpanProcessor": WithSpanProcessor(nil), "WithLogProcessor": WithLogProcessor(nil),
		"WithSpanExporter": WithSpanExporter(nil), "WithLogExporter": WithLogExporter(nil), "WithMetricExporter": WithMetricExporter(nil),
		"WithMetricReader": WithMetricReader(nil), "WithView": WithView(nil), "WithIDGenerator": WithIDGenerator(nil), "WithSpanLimits": WithSpanLimits(limits),
	} {
		_, err := resolveSettings(t, option)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestNilPointerIsRefused proves that an option refuses a nil pointer. A constructor
// that fails returns a nil pointer and an error. If the service ignores the error, the
// nil pointer would cause a panic in Setup or in every request.
func TestNilPointerIsRefused(t *testing.T) {
	var (
		processor *faultyProcessor
		spans     *memorySpanExporter
		records   *memoryLogExporter
		points    *memoryMetricExporter
		reader    *sdkmetric.ManualReader
		ids       *fixedIDGenerator
		sampler   *registeredSampler
		level     *slog.LevelVar
		file      *os.File
		w3c       *propagation.TraceContext
	)
	for name, option := range map[string]Option{
		"WithSpanProcessor(nil *core.faultyProcessor)": WithSpanProcessor(processor), "WithLogProcessor(nil *core.faultyProcessor)": WithLogProcessor(processor),
		"WithSpanExporter(nil *core.memorySpanExporter)": WithSpanExporter(spans), "WithLogExporter(nil *core.memoryLogExporter)": WithLogExporter(records),
		"WithMetricExporter(nil *core.memoryMetricExporter)": WithMetricExporter(points), "WithMetricReader(nil *metric.ManualReader)": WithMetricReader(reader),
		"WithIDGenerator(nil *core.fixedIDGenerator)": WithIDGenerator(ids), "WithSampler(nil *core.registeredSampler)": WithSampler(sampler),
		"WithLogLevel(nil *slog.LevelVar)": WithLogLevel(level), "WithDevelopment(nil *os.File)": WithDevelopment(file),
		"WithPropagator(nil *propagation.TraceContext)": WithPropagator(w3c),
	} {
		_, err := Setup(t.Context(), WithoutGlobals(), option)
		var setting *SettingError
		if !errors.As(err, &setting) || !strings.Contains(err.Error(), name) || !strings.HasPrefix(name, setting.Setting+"("+setting.Value+")") {
			t.Errorf("got %v, want %s refused", err, name)
		}
	}
}

// TestVariableReplacesOnlyItsSpanLimit proves that an environment variable replaces
// only the limit that it names. The other limits stay as WithSpanLimits sets them.
func TestVariableReplacesOnlyItsSpanLimit(t *testing.T) {
	limits := sdktrace.NewSpanLimits()
	limits.AttributeCountLimit, limits.EventCountLimit, limits.AttributeValueLengthLimit = 3, 4, 5
	for _, test := range []struct {
		variables             []string
		count, events, length int
	}{
		{nil, 3, 4, 5},
		{[]string{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "7"}, 7, 4, 5},
		{[]string{"OTEL_ATTRIBUTE_COUNT_LIMIT", "8", "OTEL_SPAN_EVENT_COUNT_LIMIT", "9"}, 8, 9, 5},
		{[]string{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "6", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-1"}, -1, 4, 6},
	} {
		for i := 0; i < len(test.variables); i += 2 {
			t.Setenv(test.variables[i], test.variables[i+1])
		}
		s, err := resolveSettings(t, WithSpanLimits(limits))
		if got := s.SpanLimits; err != nil || got.AttributeCountLimit != test.count || got.EventCountLimit != test.events || got.AttributeValueLengthLimit != test.length {
			t.Errorf("%v: got %+v, %v", test.variables, got, err)
		}
		for i := 0; i < len(test.variables); i += 2 {
			t.Setenv(test.variables[i], "")
		}
	}
}
