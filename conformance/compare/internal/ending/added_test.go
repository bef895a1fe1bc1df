package ending

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/internal/logtest"
)

// faultyComponents implements a span processor, a log processor and a metric view. The types
// below embed it to implement the other components that a service can add to the telemetry.
// Each call of a component runs faultAt, which may fail, panic or block.
type faultyComponents struct {
	faultAt func(call string) error // call is the name of the method
}

func (a *faultyComponents) OnStart(context.Context, sdktrace.ReadWriteSpan) {
	_ = a.faultAt("OnStart")
}
func (a *faultyComponents) OnEnd(sdktrace.ReadOnlySpan) { _ = a.faultAt("OnEnd") }
func (a *faultyComponents) Enabled(context.Context, sdklog.EnabledParameters) bool {
	return a.faultAt("Enabled") == nil
}
func (a *faultyComponents) OnEmit(context.Context, *sdklog.Record) error {
	return a.faultAt("OnEmit")
}
func (a *faultyComponents) ForceFlush(context.Context) error { return a.faultAt("ForceFlush") }
func (a *faultyComponents) Shutdown(context.Context) error {
	return a.faultAt("Shutdown")
}

// faultySpanExporter is a span exporter that runs faultAt.
type faultySpanExporter struct{ *faultyComponents }

func (a faultySpanExporter) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	return a.faultAt("Export")
}

// faultyLogExporter is a log exporter that runs faultAt.
type faultyLogExporter struct{ *faultyComponents }

func (a faultyLogExporter) Export(context.Context, []sdklog.Record) error {
	return a.faultAt("Export")
}

// faultyMetricExporter is a metric exporter that runs faultAt.
type faultyMetricExporter struct{ *faultyComponents }

func (a faultyMetricExporter) Export(context.Context, *metricdata.ResourceMetrics) error {
	return a.faultAt("Export")
}
func (a faultyMetricExporter) Temporality(kind sdkmetric.InstrumentKind) metricdata.Temporality {
	_ = a.faultAt("Temporality")
	return sdkmetric.DefaultTemporalitySelector(kind)
}
func (a faultyMetricExporter) Aggregation(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	_ = a.faultAt("Aggregation")
	return sdkmetric.DefaultAggregationSelector(kind)
}

// faultyReader is a metric reader whose shutdown runs faultAt.
type faultyReader struct {
	sdkmetric.Reader
	*faultyComponents
}

func (a faultyReader) Shutdown(ctx context.Context) error { return a.faultyComponents.Shutdown(ctx) }

// faultyIDGenerator is an ID generator that runs faultAt and returns invalid ids.
type faultyIDGenerator struct{ *faultyComponents }

func (a faultyIDGenerator) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	_ = a.faultAt("NewIDs")
	return trace.TraceID{}, trace.SpanID{}
}

func (a faultyIDGenerator) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	_ = a.faultAt("NewSpanID")
	return trace.SpanID{}
}

// faultySampler is a sampler that runs faultAt.
type faultySampler struct{ *faultyComponents }

func (a faultySampler) Description() string { return "added" }
func (a faultySampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	_ = a.faultAt("ShouldSample")
	return sdktrace.AlwaysSample().ShouldSample(p)
}

// view is a metric view that runs faultAt. It has an attribute filter, which runs faultAt too.
func (a *faultyComponents) view(i sdkmetric.Instrument) (sdkmetric.Stream, bool) {
	_ = a.faultAt("View")
	return sdkmetric.Stream{Name: i.Name, Description: i.Description, Unit: i.Unit, AttributeFilter: func(attribute.KeyValue) bool { return a.faultAt("AttributeFilter") == nil }}, true
}

// options returns the options that add all components. It adds two of each kind of which a
// service may have several, such as exporters.
func (a *faultyComponents) options() []core.Option {
	options := []core.Option{core.WithSampler(faultySampler{a}), core.WithIDGenerator(faultyIDGenerator{a}), core.WithView(a.view)}
	for range 2 {
		options = append(options, core.WithSpanProcessor(a), core.WithLogProcessor(a), core.WithSpanExporter(faultySpanExporter{a}),
			core.WithLogExporter(faultyLogExporter{a}), core.WithMetricExporter(faultyMetricExporter{a}), core.WithMetricReader(faultyReader{sdkmetric.NewManualReader(), a}))
	}
	return options
}

// TestFaultyComponentsLoseNothing checks that faulty components lose no telemetry, in every
// framework and over both transports. In each case all components return errors, panic, or
// never return from an export, a flush or a shutdown; in one case they work. Each request
// must be answered and measured, its span and its log record must be exported and counted,
// and the service must end in time.
func TestFaultyComponentsLoseNothing(t *testing.T) {
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	for name, fault := range map[string]func(string) error{
		"work":  func(string) error { return nil },
		"fail":  func(string) error { return errors.New("a fault") },
		"panic": func(call string) error { panic(call + " is broken") },
		"block": func(call string) error {
			switch call {
			case "Export", "ForceFlush", "Shutdown":
				<-never
			}
			return nil
		},
	} {
		for _, f := range frameworks {
			t.Run(name+" in "+f.name, func(t *testing.T) {
				collector := otlptest.Start(t)
				testFaultyComponents(t, f.newServer, collector, collector.Env(), fault, name == "panic")
			})
		}
		t.Run(name+" over HTTP", func(t *testing.T) {
			collector := otlptest.Start(t)
			receiver := httptest.NewServer(collector)
			t.Cleanup(receiver.Close)
			testFaultyComponents(t, frameworks[0].newServer, collector,
				[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"}, fault, name == "panic")
		})
	}
}

// testFaultyComponents runs a service with added exporters, readers and processors that call
// fault, which returns an error, panics or blocks. wantLoggedPanics must be set if it panics:
// the log must then contain the panics.
func testFaultyComponents(t *testing.T, newServer func(*core.Telemetry, string) core.Server, collector *otlptest.Server, env []string, fault func(string) error, wantLoggedPanics bool) {
	const requests = 10
	components := &faultyComponents{faultAt: fault}
	logger, logged := logtest.New()
	s := startServiceWithEnv(t, newServer, collector, env, append(components.options(), core.WithLogger(logger),
		core.WithShutdownTimeout(2*time.Second), core.WithGracePeriod(8*time.Second))...)
	log := slog.New(s.tel.LogHandler("orders", nil))
	for range requests {
		s.postOrder(t)
		log.InfoContext(t.Context(), "ordered")
	}
	began := time.Now()
	s.stop()
	if err := s.waitForServeReturn(t); err != nil {
		t.Errorf("got %v of Serve", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the service took %v to end, want 8 s at most", took)
	}
	ids := make(map[string]bool)
	for _, span := range collector.Spans() {
		ids[span.SpanID()] = true
	}
	if len(ids) != requests || ids["0000000000000000"] {
		t.Errorf("got the spans %v, want %d\n%s", ids, requests, logged)
	}
	if n := len(collector.Logs()); n != requests {
		t.Errorf("got %d log records, want %d\n%s", n, requests, logged)
	}
	var measured uint64
	for _, point := range collector.Points("http.server.request.duration") {
		measured += point.Count
	}
	if measured != requests {
		t.Errorf("got %d measurements, want %d\n%s", measured, requests, logged)
	}
	stats := s.tel.Stats()
	if stats.Traces.Exported != requests || stats.Logs.Exported != requests || stats.Metrics.Failed != 0 {
		t.Errorf("got %+v, want %d spans and log records exported over OTLP, and no failed metrics", stats, requests)
	}
	exporters := s.tel.ExporterStats()
	if len(exporters) != 9 {
		t.Errorf("got %+v, want OTLP and two more for each signal", exporters)
	}
	for _, exporter := range exporters {
		if n := exporter.Items; n.Ended == 0 || n.Ended != n.Exported+n.Failed+n.Dropped {
			t.Errorf("%s of %s: got %+v, want all accounted for", exporter.Signal, exporter.Exporter, n)
		}
	}
	if wantLoggedPanics && !strings.Contains(logged.String(), "is broken") {
		t.Errorf("got the log %s, want the panics in it", logged)
	}
}

// TestBlockedComponentBlocksOneRequest checks that a component that never returns blocks
// only the request that calls it. All other requests are answered, and their spans
// arrive. The span of the blocked request arrives if it has ended. The service ends in
// time.
func TestBlockedComponentBlocksOneRequest(t *testing.T) {
	const requests = 5
	for _, f := range frameworks {
		// Each key is the method that blocks, and its value is the number of spans that must
		// arrive.
		for call, wantSpans := range map[string]int{"OnStart": requests, "OnEnd": requests + 1, "ShouldSample": requests, "NewIDs": requests, "AttributeFilter": requests + 1} {
			if f.name != "net/http" && call != "OnStart" && call != "OnEnd" {
				continue // all frameworks call these components in the same way, so net/http is enough
			}
			t.Run(call+" in "+f.name, func(t *testing.T) {
				never, blocked := make(chan struct{}), make(chan struct{})
				var isBlocked atomic.Bool
				components := &faultyComponents{faultAt: func(called string) error {
					if called == call && isBlocked.CompareAndSwap(false, true) {
						close(blocked)
						<-never
					}
					return nil
				}}
				logger, logged := logtest.New()
				collector := otlptest.Start(t)
				s := startServiceWithEnv(t, f.newServer, collector, collector.Env(), append(components.options(), core.WithLogger(logger),
					core.WithShutdownTimeout(500*time.Millisecond), core.WithGracePeriod(1500*time.Millisecond))...)
				answered := make(chan struct{})
				go func() {
					defer close(answered)
					_, _ = s.send(t.Context())
				}()
				select {
				case <-blocked:
				case <-time.After(30 * time.Second):
					t.Fatal(call, "is not called")
				}
				for range requests {
					s.postOrder(t)
				}
				began := time.Now()
				s.stop()
				if err := s.waitForServeReturn(t); err != nil && !errors.Is(err, core.ErrGracePeriod) {
					t.Errorf("got %v of Serve, want no error or ErrGracePeriod", err)
				}
				if took := time.Since(began); took > 8*time.Second {
					t.Errorf("the service took %v to end, want 1.5 s", took)
				}
				if n := len(collector.Spans()); n != wantSpans {
					t.Errorf("got %d spans, want %d\n%s", n, wantSpans, logged)
				}
				close(never)
				<-answered
			})
		}
	}
}

// postOrder sends a request on a new connection, and fails the test if the response is not
// 200. A request on the connection of the previous request might block, because in Fiber a
// span may end after the response.
func (s *service) postOrder(t *testing.T) {
	t.Helper()
	if status, err := s.send(t.Context()); err != nil || status != http.StatusOK {
		t.Fatalf("got status %d and %v, want 200", status, err)
	}
}

// send sends POST /order on a new connection and returns the status of the response.
func (s *service) send(ctx context.Context) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.addr+"/order", http.NoBody)
	if err != nil {
		return 0, err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}
