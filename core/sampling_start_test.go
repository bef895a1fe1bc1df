package core

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/internal/contextvalue"
	"github.com/samespan/samespan/internal/httpservertest"
)

// exchangeServer serves requests with an engine that uses provider. recorder holds the
// spans of the requests.
type exchangeServer struct {
	provider        trace.TracerProvider
	instrumentation *httpserver.Instrumentation
	recorder        *tracetest.SpanRecorder // may be nil
}

// newExchangeServer returns an exchangeServer whose provider uses sampler. The provider
// calls the processors in before, then core's processor, and then the processors in after.
// If bySampler is true, attributes reach a span through core's sampler, and otherwise as a
// start option.
func newExchangeServer(t *testing.T, bySampler bool, config httpserver.Config, sampler sdktrace.Sampler, before, after []sdktrace.SpanProcessor, options ...sdktrace.TracerProviderOption) *exchangeServer {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	queue := &pipeline.Queue{Counter: account.NewCounter("traces", "span", "span", selflog.NewReporter(nil)), Limit: 1 << 62}
	options = append(options, sdktrace.WithSampler(sampler))
	for _, processor := range slices.Concat(before, []sdktrace.SpanProcessor{&pipeline.SpanProcessor{Queue: queue, Batch: discardProcessor{}}}, after, []sdktrace.SpanProcessor{recorder}) {
		options = append(options, sdktrace.WithSpanProcessor(processor))
	}
	e := newExchangeServerWithProvider(t, bySampler, config, sdktrace.NewTracerProvider(options...))
	e.recorder = recorder
	return e
}

// newExchangeServerWithProvider returns an exchangeServer that uses the given
// provider. Its field recorder is nil, so the caller must observe the spans by other means.
func newExchangeServerWithProvider(t *testing.T, bySampler bool, config httpserver.Config, provider trace.TracerProvider) *exchangeServer {
	t.Helper()
	config.TracerProvider, config.MeterProvider = provider, httpservertest.New(t, httpserver.Config{}).MeterProvider()
	if bySampler {
		config.TracerProvider = contextvalue.SampledByCore(provider)
	}
	engine, err := httpserver.New(config)
	if err != nil {
		t.Fatal(err)
	}
	instrumentation, err := engine.Instrument(httpserver.Framework{Name: "test", Scope: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return &exchangeServer{provider: provider, instrumentation: instrumentation}
}

// providerKey is the context key of the provider with which callingSampler starts
// its spans.
type providerKey struct{}

// serve handles one request for path.
func (e *exchangeServer) serve(ctx context.Context, path string) {
	request := exchangeRequest
	request.Path = path
	_, exchange := e.instrumentation.Start(context.WithValue(ctx, providerKey{}, e.provider), &request)
	exchange.End(httpserver.Outcome{Status: 200})
}

// endedAttributes returns the attributes of each ended span of a kind.
func (e *exchangeServer) endedAttributes(kind trace.SpanKind) (all [][]string) {
	for _, span := range e.recorder.Ended() {
		if span.SpanKind() == kind {
			all = append(all, formatAttributes(span.Attributes()))
		}
	}
	return all
}

// callingSampler is a sampler and a processor that starts a client span whenever another
// span starts, as if it called a service. If inGoroutine is set, it starts the client span
// in a new goroutine, which group waits for.
type callingSampler struct {
	sdktrace.Sampler
	discardProcessor
	inGoroutine bool            // start the client span in a new goroutine
	group       *sync.WaitGroup // waits for these goroutines
}

// recordCall records a client span, unless ctx is the context of a client span.
func (a callingSampler) recordCall(ctx context.Context, spanName string) {
	span := func() {
		tracer := ctx.Value(providerKey{}).(trace.TracerProvider).Tracer("test")
		_, span := tracer.Start(context.WithValue(ctx, callKey{}, true), "ask about "+spanName, trace.WithSpanKind(trace.SpanKindClient))
		span.End()
	}
	if ctx.Value(callKey{}) != nil {
		return
	}
	if a.inGoroutine {
		a.group.Go(span)
		return
	}
	span()
}

// callKey marks the context of the client span, so that callingSampler does not start a
// client span for the client span itself.
type callKey struct{}

func (a callingSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	a.recordCall(p.ParentContext, p.Name)
	return a.Sampler.ShouldSample(p)
}

func (a callingSampler) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	a.recordCall(ctx, span.Name())
}

// TestStartAttributesReachOnlyTheServerSpan proves that the attributes of a server span
// reach only that span, even if a sampler or processor starts another span meanwhile,
// in the same goroutine or in another one.
func TestStartAttributesReachOnlyTheServerSpan(t *testing.T) {
	for _, inGoroutine := range []bool{false, true} {
		for _, test := range []struct {
			name                              string
			inSampler                         bool
			inFirstProcessor, inLastProcessor bool
		}{
			{"sampler", true, false, false},
			{"processor before", false, true, false},
			{"processor after", false, false, true},
			{"all", true, true, true},
		} {
			t.Run(fmt.Sprintf("%s, in a goroutine: %v", test.name, inGoroutine), func(t *testing.T) {
				group := new(sync.WaitGroup)
				calling := callingSampler{Sampler: sdktrace.AlwaysSample(), inGoroutine: inGoroutine, group: group}
				var sampler sdktrace.Sampler
				if test.inSampler {
					sampler = calling
				}
				var before, after []sdktrace.SpanProcessor
				if test.inFirstProcessor {
					before = append(before, calling)
				}
				if test.inLastProcessor {
					after = append(after, calling)
				}
				want := newExchangeServer(t, false, httpserver.Config{}, sdktrace.AlwaysSample(), nil, nil)
				got := newExchangeServer(t, true, httpserver.Config{}, Sampler(sampler), before, after)
				for i := range 50 {
					path := fmt.Sprintf("/process/%d", i)
					want.serve(t.Context(), path)
					got.serve(t.Context(), path)
				}
				group.Wait()
				if g, w := got.endedAttributes(trace.SpanKindServer), want.endedAttributes(trace.SpanKindServer); !slices.EqualFunc(g, w, slices.Equal) {
					t.Errorf("the server spans have\ngot  %v\nwant %v", g, w)
				}
				callAttributes := got.endedAttributes(trace.SpanKindClient)
				if len(callAttributes) == 0 {
					t.Fatal("no sampler or processor has started a span")
				}
				for _, attributes := range callAttributes {
					if len(attributes) > 0 {
						t.Fatalf("a span of a sampler or processor has %v, want nothing", attributes)
					}
				}
			})
		}
	}
}

// taggingSampler is a sampler that wraps another sampler and adds an attribute to each
// span.
type taggingSampler struct{ sdktrace.Sampler }

func (s taggingSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	result := s.Sampler.ShouldSample(p)
	result.Attributes = append(result.Attributes, attribute.String("sampled.by", "tag"))
	return result
}

// TestWrappedCoreSamplerKeepsAttributes proves that server spans have the same
// attributes if core's sampler is wrapped in another sampler.
func TestWrappedCoreSamplerKeepsAttributes(t *testing.T) {
	for _, test := range []struct {
		name    string
		wrap    func(sdktrace.Sampler) sdktrace.Sampler
		sampler sdktrace.Sampler
	}{
		{"tagging", func(s sdktrace.Sampler) sdktrace.Sampler { return taggingSampler{s} }, sdktrace.AlwaysSample()},
		{"recorded always", sdktrace.AlwaysRecord, sdktrace.NeverSample()},
		{"of a root", func(s sdktrace.Sampler) sdktrace.Sampler { return sdktrace.ParentBased(s) }, sdktrace.AlwaysSample()},
		{"twice", Sampler, sdktrace.AlwaysSample()},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := newExchangeServer(t, false, httpserver.Config{}, test.wrap(test.sampler), nil, nil)
			got := newExchangeServer(t, true, httpserver.Config{}, test.wrap(Sampler(test.sampler)), nil, nil)
			want.serve(t.Context(), "/process/7")
			got.serve(t.Context(), "/process/7")
			g, w := got.endedAttributes(trace.SpanKindServer), want.endedAttributes(trace.SpanKindServer)
			if len(w) != 1 || !slices.EqualFunc(g, w, slices.Equal) {
				t.Errorf("the server span has\ngot  %v\nwant %v", g, w)
			}
		})
	}
}

// labellingProvider is a provider that wraps another provider and adds an attribute to
// each span.
type labellingProvider struct{ trace.TracerProvider }

func (p labellingProvider) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	return labellingTracer{p.TracerProvider.Tracer(name, options...)}
}

// labellingTracer is the tracer of labellingProvider.
type labellingTracer struct{ trace.Tracer }

func (t labellingTracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	return t.Tracer.Start(ctx, name, append(options, trace.WithAttributes(attribute.String("zone", "a")))...)
}

// TestSamplerSeesAttributesOfWrappedProvider proves that the sampler sees the
// attributes that a wrapper of the SDK's provider adds.
func TestSamplerSeesAttributesOfWrappedProvider(t *testing.T) {
	var sampledAttributes [][]string
	for _, bySampler := range []bool{false, true} {
		sampler := &attributeStoringSampler{Sampler: sdktrace.AlwaysSample()}
		provider := labellingProvider{sdktrace.NewTracerProvider(sdktrace.WithSampler(Sampler(sampler)))}
		newExchangeServerWithProvider(t, bySampler, httpserver.Config{}, provider).serve(t.Context(), "/process/7")
		for _, attributes := range sampler.receivedAttributes {
			sampledAttributes = append(sampledAttributes, formatAttributes(attributes))
		}
	}
	if len(sampledAttributes) != 2 || !slices.Equal(sampledAttributes[0], sampledAttributes[1]) || !slices.Contains(sampledAttributes[1], "zone=a") {
		t.Errorf("the sampler was asked about %v, want the same twice", sampledAttributes)
	}
}

// TestAttributesBySamplerHaveSameOrderAndLimits proves that attributes that come
// through the sampler have the same order and limits as attributes of a start option,
// also for public endpoints.
func TestAttributesBySamplerHaveSameOrderAndLimits(t *testing.T) {
	type testCase struct {
		name   string
		config httpserver.Config
		limits sdktrace.SpanLimits
	}
	tests := []testCase{
		{"no limit", httpserver.Config{}, sdktrace.NewSpanLimits()},
		{"public", httpserver.Config{PublicEndpoint: func(*httpserver.Request) bool { return true }}, sdktrace.NewSpanLimits()},
	}
	for limit := range 16 { // up to more attributes than the span has
		limits := sdktrace.NewSpanLimits()
		limits.AttributeCountLimit = limit
		tests = append(tests, testCase{fmt.Sprint("limit ", limit), httpserver.Config{}, limits})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var ended []sdktrace.ReadOnlySpan
			for _, bySampler := range []bool{false, true} {
				e := newExchangeServer(t, bySampler, test.config, Sampler(nil), nil, nil, sdktrace.WithRawSpanLimits(test.limits))
				e.serve(t.Context(), "/process/7")
				ended = append(ended, e.recorder.Ended()...)
			}
			if len(ended) != 2 {
				t.Fatalf("got %d spans, want 2", len(ended))
			}
			want, got := ended[0], ended[1]
			if !slices.Equal(got.Attributes(), want.Attributes()) || got.DroppedAttributes() != want.DroppedAttributes() {
				t.Errorf("got %v and %d dropped\nwant %v and %d dropped", got.Attributes(), got.DroppedAttributes(), want.Attributes(), want.DroppedAttributes())
			}
		})
	}
}

// TestConcurrentRequestsKeepTheirAttributes proves that concurrent requests do not mix up
// their attributes, even if a sampler retains its parameters.
func TestConcurrentRequestsKeepTheirAttributes(t *testing.T) {
	const goroutines, requestsEach = 8, 100
	sampler := &attributeStoringSampler{Sampler: sdktrace.AlwaysSample()}
	e := newExchangeServer(t, true, httpserver.Config{}, Sampler(sampler), nil, nil)
	var group sync.WaitGroup
	for i := range goroutines {
		group.Go(func() {
			for j := range requestsEach {
				e.serve(t.Context(), fmt.Sprintf("/process/%d-%d", i, j))
			}
		})
	}
	group.Wait()
	paths := func(all [][]attribute.KeyValue) map[string]int {
		counts := make(map[string]int)
		for _, attributes := range all {
			set := attribute.NewSet(attributes...)
			path, _ := set.Value("url.path")
			counts[path.AsString()]++
		}
		return counts
	}
	var ended [][]attribute.KeyValue
	for _, span := range e.recorder.Ended() {
		ended = append(ended, span.Attributes())
	}
	for name, counts := range map[string]map[string]int{"spans": paths(ended), "sampler": paths(sampler.receivedAttributes)} {
		if len(counts) != goroutines*requestsEach {
			t.Errorf("%s: got %d different paths, want %d", name, len(counts), goroutines*requestsEach)
		}
	}
}
