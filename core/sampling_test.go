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

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/internal/contextvalue"
	"github.com/samespan/samespan/internal/httpservertest"
)

// attributeStoringSampler is a sampler that stores the attributes of each span in
// receivedAttributes, and adds addedAttributes to the span.
type attributeStoringSampler struct {
	sdktrace.Sampler
	addedAttributes    []attribute.KeyValue
	mu                 sync.Mutex
	receivedAttributes [][]attribute.KeyValue
}

func (s *attributeStoringSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receivedAttributes = append(s.receivedAttributes, p.Attributes)
	result := s.Sampler.ShouldSample(p)
	result.Attributes = s.addedAttributes
	return result
}

// startAttributesRecorder is a processor that stores the attributes that each span has when the span
// starts.
type startAttributesRecorder struct {
	discardProcessor
	startAttributes [][]attribute.KeyValue
}

func (o *startAttributesRecorder) OnStart(_ context.Context, span sdktrace.ReadWriteSpan) {
	o.startAttributes = append(o.startAttributes, span.Attributes())
}

// exchangeRequest is the request of the tests. exchangeServer.serve replaces its path.
var exchangeRequest = httpserver.Request{
	Method: "GET", Host: "shop.example:8080", Path: "/process/12345", Query: "a=1", Route: "/process/{item_id}",
	Protocol: "1.1", PeerAddress: "192.0.2.7", PeerPort: 51234, UserAgent: "test/1.0",
}

// formatAttributes returns the attributes as sorted text, for comparison.
func formatAttributes(attributes []attribute.KeyValue) []string {
	var all []string
	for _, kv := range attributes {
		all = append(all, fmt.Sprintf("%s=%v", kv.Key, kv.Value.AsInterface()))
	}
	slices.Sort(all)
	return all
}

// TestAttributesBySamplerEqualStartAttributes proves that spans that get their attributes
// through core's sampler equal spans that get their attributes as a start option.
func TestAttributesBySamplerEqualStartAttributes(t *testing.T) {
	addedAttributes := []attribute.KeyValue{attribute.Int("sampling.priority", 1), attribute.String("url.path", "overridden")}
	for _, test := range []struct {
		name    string
		sampler sdktrace.Sampler
	}{
		{"default", nil},
		{"foreign", &attributeStoringSampler{Sampler: sdktrace.AlwaysSample()}},
		{"adding", &attributeStoringSampler{Sampler: sdktrace.AlwaysSample(), addedAttributes: addedAttributes}},
		{"recording only", &attributeStoringSampler{Sampler: recordOnlySampler{}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			spans := func(bySampler bool, sampler sdktrace.Sampler) (started [][]attribute.KeyValue, ended []sdktrace.ReadOnlySpan) {
				recorder, starts := tracetest.NewSpanRecorder(), new(startAttributesRecorder)
				queue := &pipeline.Queue{Counter: account.NewCounter("traces", "span", "span", selflog.NewReporter(nil)), Limit: 1 << 62}
				provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler),
					sdktrace.WithSpanProcessor(&pipeline.SpanProcessor{Queue: queue, Batch: discardProcessor{}}),
					sdktrace.WithSpanProcessor(starts), sdktrace.WithSpanProcessor(recorder))
				config := httpserver.Config{TracerProvider: provider, MeterProvider: httpservertest.New(t, httpserver.Config{}).MeterProvider()}
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
				for i := range 3 {
					request := exchangeRequest
					request.Path = fmt.Sprintf("/process/%d", i)
					ctx, exchange := instrumentation.Start(t.Context(), &request)
					_, child := provider.Tracer("test").Start(ctx, "child")
					child.End()
					exchange.End(httpserver.Outcome{Status: 200, ResponseSize: httpserver.Bytes(7)})
				}
				return starts.startAttributes, recorder.Ended()
			}
			unwrapped := test.sampler
			if unwrapped == nil {
				unwrapped = sdktrace.ParentBased(sdktrace.AlwaysSample())
			}
			wantStarted, want := spans(false, unwrapped)
			var wantKept [][]attribute.KeyValue
			recording, _ := test.sampler.(*attributeStoringSampler)
			if recording != nil {
				wantKept, recording.receivedAttributes = recording.receivedAttributes, nil
			}
			gotStarted, got := spans(true, Sampler(test.sampler))

			if len(got) != 6 || len(got) != len(want) {
				t.Fatalf("got %d spans, want %d, which should be 6", len(got), len(want))
			}
			for i := range want {
				if g, w := formatAttributes(got[i].Attributes()), formatAttributes(want[i].Attributes()); !slices.Equal(g, w) {
					t.Errorf("%s ends with\ngot  %v\nwant %v", got[i].Name(), g, w)
				}
				if g, w := formatAttributes(gotStarted[i]), formatAttributes(wantStarted[i]); !slices.Equal(g, w) {
					t.Errorf("span %d starts with\ngot  %v\nwant %v", i, g, w)
				}
			}
			for i := range wantKept {
				if g, w := formatAttributes(recording.receivedAttributes[i]), formatAttributes(wantKept[i]); !slices.Equal(g, w) {
					t.Errorf("the sampler was asked about\ngot  %v\nwant %v", g, w)
				}
			}
		})
	}
}

// recordOnlySampler is a sampler that records every span without sampling it.
type recordOnlySampler struct{ sdktrace.Sampler }

func (recordOnlySampler) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	return sdktrace.SamplingResult{Decision: sdktrace.RecordOnly}
}

// TestServerSpanHasAttributesWithoutCoreSampler proves that a server span has its
// attributes even if the provider has a sampler other than core's, although the engine
// was told that core's sampler is used.
func TestServerSpanHasAttributesWithoutCoreSampler(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	engine, err := httpserver.New(httpserver.Config{TracerProvider: contextvalue.SampledByCore(r.TracerProvider()), MeterProvider: r.MeterProvider()})
	if err != nil {
		t.Fatal(err)
	}
	instrumentation, err := engine.Instrument(httpserver.Framework{Name: "test", Scope: "test"})
	if err != nil {
		t.Fatal(err)
	}
	_, exchange := instrumentation.Start(t.Context(), &exchangeRequest)
	exchange.End(httpserver.Outcome{Status: 200})
	httpservertest.Expect(t, r.Only(), map[string]any{"url.path": "/process/12345", "http.route": "/process/{item_id}", "user_agent.original": "test/1.0"})
}
