package core

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	otellog "go.opentelemetry.io/otel/log"
	lognoop "go.opentelemetry.io/otel/log/noop"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/internal/logtest"
)

// logBodyExporter keeps the bodies of exported log records.
type logBodyExporter struct{ bodies atomic.Pointer[[]string] }

func (e *logBodyExporter) Export(_ context.Context, records []sdklog.Record) error {
	var all []string
	if before := e.bodies.Load(); before != nil {
		all = append(all, *before...)
	}
	for _, record := range records {
		all = append(all, record.Body().AsString())
	}
	e.bodies.Store(&all)
	return nil
}
func (*logBodyExporter) ForceFlush(context.Context) error { return nil }
func (*logBodyExporter) Shutdown(context.Context) error   { return nil }

// shutdownProofExporter is an InMemoryExporter whose Shutdown does not discard the spans.
type shutdownProofExporter struct {
	*tracetest.InMemoryExporter
	shutdowns atomic.Int32
}

func (e *shutdownProofExporter) Shutdown(context.Context) error {
	e.shutdowns.Add(1)
	return nil
}

// names returns the names of the exported spans.
func (e *shutdownProofExporter) names() (names []string) {
	for _, span := range e.GetSpans() {
		names = append(names, span.Name)
	}
	return names
}

// ownProviders are providers that a service has built itself, with their exporters
// and reader.
type ownProviders struct {
	spans   *shutdownProofExporter  // exporter of TracerProvider
	records *logBodyExporter        // exporter of LoggerProvider
	reader  *sdkmetric.ManualReader // reader of MeterProvider
	Providers
}

// newOwnProviders returns providers of the SDK, which export only when they are flushed or
// shut down.
func newOwnProviders(t *testing.T) ownProviders {
	t.Helper()
	o := ownProviders{spans: &shutdownProofExporter{InMemoryExporter: tracetest.NewInMemoryExporter()}, records: new(logBodyExporter), reader: sdkmetric.NewManualReader()}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithBatcher(o.spans, sdktrace.WithBatchTimeout(time.Hour)))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(o.reader))
	loggers := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(o.records, sdklog.WithExportInterval(time.Hour))))
	t.Cleanup(func() {
		_, _, _ = tracers.Shutdown(context.Background()), meters.Shutdown(context.Background()), loggers.Shutdown(context.Background())
	})
	o.TracerProvider, o.MeterProvider, o.LoggerProvider = tracers, meters, loggers
	return o
}

// TestServeExportsFromOwnProviders proves that Serve exports what a service records
// with its own providers: spans of requests, spans of background tasks that outlive
// their requests, and log records. Variables for exporters are not read. Serve shuts
// the providers down unless they are shared.
func TestServeExportsFromOwnProviders(t *testing.T) {
	for _, shared := range []bool{false, true} {
		o := newOwnProviders(t)
		o.Shared = shared
		logger, logged := logtest.New()
		tel := setup(t, []string{"OTEL_TRACES_EXPORTER", "unknown", "OTEL_EXPORTER_OTLP_ENDPOINT", "http//no"},
			WithProviders(o.Providers), WithLogger(logger), WithExclude("healthz"))
		if otel.GetTracerProvider() != o.TracerProvider || tel.TracerProvider() != o.TracerProvider || tel.MeterProvider() != o.MeterProvider || tel.LoggerProvider() != o.LoggerProvider {
			t.Error("the providers are not those that were given")
		}
		ctx, stop := context.WithCancel(t.Context())
		log := slog.New(tel.LogHandler("test", nil))
		server := &http.Server{Addr: "127.0.0.1:0"}
		served := make(chan error, 1)
		started := make(chan struct{})
		go func() {
			served <- tel.Serve(ctx, &notifyingServer{Server: server, started: started})
		}()
		<-started
		_, span := tel.TracerProvider().Tracer("test").Start(ctx, "request")
		draining := make(chan struct{})
		tel.Go(trace.ContextWithSpan(ctx, span), "task", func(ctx context.Context) error {
			<-tel.Draining()
			close(draining)
			log.InfoContext(ctx, "late")
			return nil
		})
		span.End()
		counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
		if err != nil {
			t.Fatal(err)
		}
		counter.Add(ctx, 1)
		var collected metricdata.ResourceMetrics
		if err := o.reader.Collect(t.Context(), &collected); err != nil || len(collected.ScopeMetrics) == 0 {
			t.Errorf("got metrics %v, %v", collected, err)
		}
		stop()
		if err := <-served; err != nil {
			t.Errorf("got %v of Serve\n%s", err, logged)
		}
		<-draining
		if names := strings.Join(o.spans.names(), ","); names != "request,task" {
			t.Errorf("shared %t: got spans %s, want those of the request and of the task", shared, names)
		}
		if bodies := o.records.bodies.Load(); bodies == nil || len(*bodies) != 1 || (*bodies)[0] != "late" {
			t.Errorf("shared %t: got records %v, want the one of the task", shared, bodies)
		}
		if got, want := o.spans.shutdowns.Load(), map[bool]int32{false: 1, true: 0}[shared]; got != want {
			t.Errorf("shared %t: the exporter was shut down %d times, want %d", shared, got, want)
		}
		if stats := tel.Stats(); stats.Traces != (SpanStats{Ended: 2}) {
			t.Errorf("shared %t: got %+v, want 2 spans that have ended and nothing more known", shared, stats.Traces)
		}
		if shared {
			_, span := o.TracerProvider.Tracer("test").Start(t.Context(), "of others")
			span.End()
			if stats := tel.Stats(); stats.Traces.Ended != 2 {
				t.Errorf("got %d spans, want none of others after the end", stats.Traces.Ended)
			}
		}
	}
}

// notifyingServer is a server that closes started when ListenAndServe is called.
type notifyingServer struct {
	*http.Server
	started chan struct{}
}

func (p *notifyingServer) ListenAndServe() error {
	close(p.started)
	return p.Server.ListenAndServe()
}

// faultyProvider is a tracer provider whose methods ForceFlush and Shutdown call the
// functions flush and shutdown, which may fail, panic or block.
type faultyProvider struct {
	trace.TracerProvider
	flush, shutdown func(context.Context) error
}

func (p faultyProvider) ForceFlush(ctx context.Context) error { return p.flush(ctx) }
func (p faultyProvider) Shutdown(ctx context.Context) error   { return p.shutdown(ctx) }

// TestFaultyOwnProviderAffectsNoOther proves that a provider whose flush or shutdown
// blocks, fails or panics does not affect the other providers, and does not delay the
// shutdown beyond its limit.
func TestFaultyOwnProviderAffectsNoOther(t *testing.T) {
	testEnded := make(chan struct{})
	t.Cleanup(func() { close(testEnded) })
	succeed := func(context.Context) error { return nil }
	for name, test := range map[string]struct {
		call func(context.Context) error
		want string
	}{
		"fails":  {func(context.Context) error { return errors.New("a fault") }, "a fault"},
		"panics": {func(context.Context) error { panic("broken") }, "panicked: broken"},
		"blocks": {func(context.Context) error { <-testEnded; return nil }, "did not finish within"},
	} {
		for _, flush := range []bool{true, false} {
			o := newOwnProviders(t)
			provider := faultyProvider{tracenoop.NewTracerProvider(), succeed, test.call}
			if flush {
				provider.flush, provider.shutdown = test.call, succeed
			}
			o.TracerProvider = provider
			logger, _ := logtest.New()
			tel := setup(t, nil, WithProviders(o.Providers), WithLogger(logger), WithShutdownTimeout(time.Second))
			slog.New(tel.LogHandler("test", nil)).Info("kept")
			began := time.Now()
			flushErr, shutdownErr := tel.ForceFlush(t.Context()), tel.Shutdown(t.Context())
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("%s: took %v, want two seconds at most", name, took)
			}
			failing, working := shutdownErr, flushErr
			if flush {
				failing, working = flushErr, shutdownErr
			}
			if working != nil || failing == nil || !strings.Contains(failing.Error(), test.want) || !strings.Contains(failing.Error(), "tracer provider core.faultyProvider") {
				t.Errorf("%s, in the flush: %t: got %v and %v, want one error with %q", name, flush, flushErr, shutdownErr, test.want)
			}
			if bodies := o.records.bodies.Load(); bodies == nil || len(*bodies) != 1 {
				t.Errorf("%s, in the flush: %t: the log record is lost", name, flush)
			}
		}
	}
}

// combinedProvider is a single value that is the provider of all three signals, as
// vendors may offer it.
type combinedProvider struct {
	trace.TracerProvider
	metric.MeterProvider
	otellog.LoggerProvider
	flushes, shutdowns atomic.Int32
}

func (d *combinedProvider) ForceFlush(context.Context) error { d.flushes.Add(1); return nil }
func (d *combinedProvider) Shutdown(context.Context) error   { d.shutdowns.Add(1); return nil }

// TestCombinedProviderIsShutDownOnce proves that a value that is the provider of all three
// signals is flushed and shut down only once.
func TestCombinedProviderIsShutDownOnce(t *testing.T) {
	d := &combinedProvider{TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(), LoggerProvider: lognoop.NewLoggerProvider()}
	tel := setup(t, nil, WithProviders(Providers{TracerProvider: d, MeterProvider: d, LoggerProvider: d}))
	if err := errors.Join(tel.ForceFlush(t.Context()), tel.Shutdown(t.Context())); err != nil {
		t.Error(err)
	}
	if d.flushes.Load() != 1 || d.shutdowns.Load() != 1 {
		t.Errorf("flushed %d times and shut down %d times, want once each", d.flushes.Load(), d.shutdowns.Load())
	}
}

// TestStringNamesOwnProviders proves that String names the service's own providers, and
// that nothing is recorded with OTEL_SDK_DISABLED. Setup refuses WithProviders together
// with an option that configures the providers of Setup.
func TestStringNamesOwnProviders(t *testing.T) {
	o := newOwnProviders(t)
	o.MeterProvider = nil
	tel := setup(t, nil, WithProviders(o.Providers), WithExclude("healthz"))
	for _, want := range []string{
		"traces: provider *trace.TracerProvider of the service, shut down at the end", "metrics: off", "logs: provider *log.LoggerProvider of the service, shut down at the end, slog level info",
		"propagators: tracecontext,baggage", "http.excluded: /healthz", "shutdown: timeout 5s",
	} {
		if !strings.Contains(tel.String(), want) {
			t.Errorf("got\n%s\nwant %q", tel, want)
		}
	}

	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	o = newOwnProviders(t)
	tel = setup(t, []string{"OTEL_SDK_DISABLED", "true"}, WithProviders(o.Providers))
	emitEachSignal(t, tel, "nothing")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if len(o.spans.names()) != 0 || o.records.bodies.Load() != nil || !strings.Contains(tel.String(), "traces: off, the SDK is disabled") || o.spans.shutdowns.Load() != 1 {
		t.Errorf("got spans %v and records %v of what is disabled, %d shutdowns\n%s", o.spans.names(), o.records.bodies.Load(), o.spans.shutdowns.Load(), tel)
	}

	var nilProvider *sdktrace.TracerProvider
	for want, options := range map[string][]Option{
		"WithProviders: no provider is given, want at least one":                                                                       {WithProviders(Providers{Shared: true})},
		"WithProviders: TracerProvider is a nil *trace.TracerProvider, want a provider":                                                {WithProviders(Providers{TracerProvider: nilProvider})},
		`WithProviders="*trace.TracerProvider": not allowed with WithSampler, which is for providers that Setup builds, want only one`: {WithProviders(Providers{TracerProvider: sdktrace.NewTracerProvider()}), WithSampler(sdktrace.AlwaysSample())},
		"not allowed with WithEndpoint, which":                                                                                         {WithProviders(newOwnProviders(t).Providers), WithEndpoint("http://collector")},
		"not allowed with WithView, which":                                                                                             {WithProviders(newOwnProviders(t).Providers), WithView(func(sdkmetric.Instrument) (sdkmetric.Stream, bool) { return sdkmetric.Stream{}, false })},
		"not allowed with an option for batches or queues, which":                                                                      {WithProviders(newOwnProviders(t).Providers), WithMaxQueueSize(10)},
	} {
		envtest.Clear(t)
		_, err := Setup(t.Context(), options...)
		var setting *SettingError
		if !errors.As(err, &setting) || setting.Setting != "WithProviders" || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
