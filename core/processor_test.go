package core

import (
	"context"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// TestStatsAddUp proves that every reading accounts for every span, also while
// spans end and are exported.
func TestStatsAddUp(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address},
		WithMaxQueueSize(64), WithMaxExportBatchSize(16))
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		for ctx.Err() == nil {
			if s := tel.Stats().Traces; s.Ended != s.Exported+s.Failed+s.Dropped+s.Queued {
				t.Errorf("got %+v, which does not add up", s)
				return
			}
		}
	})
	for range 50 {
		endSpans(t, tel, 100)
	}
	if err := tel.ForceFlush(t.Context()); err != nil {
		t.Log(err)
	}
	cancel()
	group.Wait()
	s := tel.Stats().Traces
	if s.Ended != 5000 || s.Queued != 0 || s.Exported+s.Dropped != 5000 {
		t.Errorf("got %+v", s)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if uint64(len(r.spans)) != s.Exported {
		t.Errorf("got %d spans, want the %d that were counted", len(r.spans), s.Exported)
	}
}

// discard is a span processor that does nothing.
type discard struct{}

func (discard) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discard) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (discard) Shutdown(context.Context) error                  { return nil }
func (discard) ForceFlush(context.Context) error                { return nil }

// BenchmarkSpan is what a span costs with what this package puts around the
// SDK, and without.
func BenchmarkSpan(b *testing.B) {
	queue := &admission{counter: &counter{report: &reporter{}}, limit: 1 << 62}
	for name, options := range map[string][]sdktrace.TracerProviderOption{
		"sdk":  {sdktrace.WithSpanProcessor(discard{})},
		"core": {sdktrace.WithSpanProcessor(&spanAdmission{admission: queue, batch: discard{}}), sdktrace.WithSampler(excludingSampler{sdktrace.ParentBased(sdktrace.AlwaysSample())})},
	} {
		b.Run(name, func(b *testing.B) {
			tracer := sdktrace.NewTracerProvider(options...).Tracer("test")
			b.ReportAllocs()
			for b.Loop() {
				_, span := tracer.Start(b.Context(), "work", trace.WithAttributes(attribute.Int("n", 1)))
				span.End()
			}
		})
	}
}
