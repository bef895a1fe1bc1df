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

// exchangeRecorder serves requests with an engine on a provider, and records their
// spans.
type exchangeRecorder struct {
	provider trace.TracerProvider
	in       *httpserver.Instrumentation
	recorder *tracetest.SpanRecorder
}

// newExchanges returns exchanges that hand their attributes to the sampler or
// not, with core's processors among others.
func newExchanges(t *testing.T, bySampler bool, config httpserver.Config, sampler sdktrace.Sampler, before, after []sdktrace.SpanProcessor, options ...sdktrace.TracerProviderOption) *exchangeRecorder {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	queue := &pipeline.Queue{Counter: account.NewCounter("traces", "span", "span", selflog.NewReporter(nil)), Limit: 1 << 62}
	options = append(options, sdktrace.WithSampler(sampler))
	for _, processor := range slices.Concat(before, []sdktrace.SpanProcessor{&pipeline.SpanProcessor{Queue: queue, Batch: discardProcessor{}}}, after, []sdktrace.SpanProcessor{recorder}) {
		options = append(options, sdktrace.WithSpanProcessor(processor))
	}
	e := newExchangesWithProvider(t, bySampler, config, sdktrace.NewTracerProvider(options...))
	e.recorder = recorder
	return e
}

// newExchangesWithProvider returns exchanges on the given provider.
func newExchangesWithProvider(t *testing.T, bySampler bool, config httpserver.Config, provider trace.TracerProvider) *exchangeRecorder {
	t.Helper()
	config.TracerProvider, config.MeterProvider = provider, httpservertest.New(t, httpserver.Config{}).MeterProvider()
	if bySampler {
		config.TracerProvider = contextvalue.SampledByCore(provider)
	}
	engine, err := httpserver.New(config)
	if err != nil {
		t.Fatal(err)
	}
	in, err := engine.Instrument(httpserver.Framework{Name: "test", Scope: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return &exchangeRecorder{provider: provider, in: in}
}

// providerKey is the context key of the provider for spans that other code
// starts.
type providerKey struct{}

// serve handles one request for path.
func (e *exchangeRecorder) serve(ctx context.Context, path string) {
	request := exchangeRequest
	request.Path = path
	_, exchange := e.in.Start(context.WithValue(ctx, providerKey{}, e.provider), &request)
	exchange.End(httpserver.Outcome{Status: 200})
}

// ended returns the attributes of the ended spans of a kind.
func (e *exchangeRecorder) ended(kind trace.SpanKind) (all [][]string) {
	for _, span := range e.recorder.Ended() {
		if span.SpanKind() == kind {
			all = append(all, formatAttributes(span.Attributes()))
		}
	}
	return all
}

// callingSampler is a sampler and a processor that call a service when a span starts,
// and record that call as a span.
type callingSampler struct {
	sdktrace.Sampler
	discardProcessor
	inGoroutine bool
	group       *sync.WaitGroup
}

func (a callingSampler) call(ctx context.Context, about string) {
	span := func() {
		tracer := ctx.Value(providerKey{}).(trace.TracerProvider).Tracer("test")
		_, span := tracer.Start(context.WithValue(ctx, callKey{}, true), "ask about "+about, trace.WithSpanKind(trace.SpanKindClient))
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

// callKey marks the context of such a call.
type callKey struct{}

func (a callingSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	a.call(p.ParentContext, p.Name)
	return a.Sampler.ShouldSample(p)
}

func (a callingSampler) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	a.call(ctx, span.Name())
}

// TestStartAttributesAreTheServerSpans proves that a span that a sampler or a
// processor starts, in the same goroutine or another, has none of the
// attributes of the server span that is being started, and that the server span
// has all of them.
func TestStartAttributesAreTheServerSpans(t *testing.T) {
	for _, aside := range []bool{false, true} {
		for _, test := range []struct {
			name              string
			sampling          bool
			before, afterward bool
		}{
			{"sampler", true, false, false},
			{"processor before", false, true, false},
			{"processor after", false, false, true},
			{"all", true, true, true},
		} {
			t.Run(fmt.Sprintf("%s, aside %v", test.name, aside), func(t *testing.T) {
				group := new(sync.WaitGroup)
				asks := callingSampler{Sampler: sdktrace.AlwaysSample(), inGoroutine: aside, group: group}
				var sampler sdktrace.Sampler
				if test.sampling {
					sampler = asks
				}
				var before, after []sdktrace.SpanProcessor
				if test.before {
					before = append(before, asks)
				}
				if test.afterward {
					after = append(after, asks)
				}
				want := newExchanges(t, false, httpserver.Config{}, sdktrace.AlwaysSample(), nil, nil)
				got := newExchanges(t, true, httpserver.Config{}, Sampler(sampler), before, after)
				for i := range 50 {
					path := fmt.Sprintf("/process/%d", i)
					want.serve(t.Context(), path)
					got.serve(t.Context(), path)
				}
				group.Wait()
				if g, w := got.ended(trace.SpanKindServer), want.ended(trace.SpanKindServer); !slices.EqualFunc(g, w, slices.Equal) {
					t.Errorf("the server spans have\ngot  %v\nwant %v", g, w)
				}
				asked := got.ended(trace.SpanKindClient)
				if len(asked) == 0 {
					t.Fatal("nobody has asked")
				}
				for _, attributes := range asked {
					if len(attributes) > 0 {
						t.Fatalf("a span of a sampler or processor has %v, want nothing", attributes)
					}
				}
			})
		}
	}
}

// taggingSampler is a sampler that wraps another and adds an attribute.
type taggingSampler struct{ sdktrace.Sampler }

func (s taggingSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	result := s.Sampler.ShouldSample(p)
	result.Attributes = append(result.Attributes, attribute.String("sampled.by", "tag"))
	return result
}

// TestSamplerAround proves that core's sampler can be wrapped in another.
func TestSamplerAround(t *testing.T) {
	for _, test := range []struct {
		name   string
		around func(sdktrace.Sampler) sdktrace.Sampler
		next   sdktrace.Sampler
	}{
		{"tagging", func(s sdktrace.Sampler) sdktrace.Sampler { return taggingSampler{s} }, sdktrace.AlwaysSample()},
		{"recorded always", sdktrace.AlwaysRecord, sdktrace.NeverSample()},
		{"of a root", func(s sdktrace.Sampler) sdktrace.Sampler { return sdktrace.ParentBased(s) }, sdktrace.AlwaysSample()},
		{"twice", Sampler, sdktrace.AlwaysSample()},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := newExchanges(t, false, httpserver.Config{}, test.around(test.next), nil, nil)
			got := newExchanges(t, true, httpserver.Config{}, test.around(Sampler(test.next)), nil, nil)
			want.serve(t.Context(), "/process/7")
			got.serve(t.Context(), "/process/7")
			g, w := got.ended(trace.SpanKindServer), want.ended(trace.SpanKindServer)
			if len(w) != 1 || !slices.EqualFunc(g, w, slices.Equal) {
				t.Errorf("the server span has\ngot  %v\nwant %v", g, w)
			}
		})
	}
}

// labellingProvider is a provider that wraps another and adds an attribute to each
// span.
type labellingProvider struct{ trace.TracerProvider }

func (p labellingProvider) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	return labellingTracer{p.TracerProvider.Tracer(name, options...)}
}

type labellingTracer struct{ trace.Tracer }

func (t labellingTracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	return t.Tracer.Start(ctx, name, append(options, trace.WithAttributes(attribute.String("zone", "a")))...)
}

// TestProviderAround proves that the sampler sees the attributes that a wrapper
// of the SDK's provider adds.
func TestProviderAround(t *testing.T) {
	var kept [][]string
	for _, bySampler := range []bool{false, true} {
		keeps := &recordingSampler{Sampler: sdktrace.AlwaysSample()}
		provider := labellingProvider{sdktrace.NewTracerProvider(sdktrace.WithSampler(Sampler(keeps)))}
		newExchangesWithProvider(t, bySampler, httpserver.Config{}, provider).serve(t.Context(), "/process/7")
		for _, attributes := range keeps.parameters {
			kept = append(kept, formatAttributes(attributes))
		}
	}
	if len(kept) != 2 || !slices.Equal(kept[0], kept[1]) || !slices.Contains(kept[1], "zone=a") {
		t.Errorf("the sampler was asked about %v, want the same twice", kept)
	}
}

// TestAttributesBySamplerInTurn proves that the order of attributes, the limits
// and the attributes of public endpoints are the same whether attributes come
// through the sampler or not.
func TestAttributesBySamplerInTurn(t *testing.T) {
	few := sdktrace.NewSpanLimits()
	few.AttributeCountLimit = 4
	none := few
	none.AttributeCountLimit = 0
	for _, test := range []struct {
		name   string
		config httpserver.Config
		limits sdktrace.SpanLimits
	}{
		{"no limit", httpserver.Config{}, sdktrace.NewSpanLimits()},
		{"few", httpserver.Config{}, few},
		{"none", httpserver.Config{}, none},
		{"public", httpserver.Config{PublicEndpoint: func(*httpserver.Request) bool { return true }}, sdktrace.NewSpanLimits()},
	} {
		t.Run(test.name, func(t *testing.T) {
			var ended []sdktrace.ReadOnlySpan
			for _, bySampler := range []bool{false, true} {
				e := newExchanges(t, bySampler, test.config, Sampler(nil), nil, nil, sdktrace.WithRawSpanLimits(test.limits))
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

// TestAttributesBySamplerConcurrently proves that no request gets the
// attributes of another, with a sampler that retains its parameters.
func TestAttributesBySamplerConcurrently(t *testing.T) {
	const goroutines, each = 8, 100
	keeps := &recordingSampler{Sampler: sdktrace.AlwaysSample()}
	e := newExchanges(t, true, httpserver.Config{}, Sampler(keeps), nil, nil)
	var group sync.WaitGroup
	for i := range goroutines {
		group.Go(func() {
			for j := range each {
				e.serve(t.Context(), fmt.Sprintf("/process/%d-%d", i, j))
			}
		})
	}
	group.Wait()
	paths := func(all [][]attribute.KeyValue) map[string]int {
		seen := make(map[string]int)
		for _, attributes := range all {
			set := attribute.NewSet(attributes...)
			path, _ := set.Value("url.path")
			seen[path.AsString()]++
		}
		return seen
	}
	var ended [][]attribute.KeyValue
	for _, span := range e.recorder.Ended() {
		ended = append(ended, span.Attributes())
	}
	for name, seen := range map[string]map[string]int{"spans": paths(ended), "sampler": paths(keeps.parameters)} {
		if len(seen) != goroutines*each {
			t.Errorf("%s: got %d different paths, want %d", name, len(seen), goroutines*each)
		}
	}
}
