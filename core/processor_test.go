package core

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// TestShutdownRace proves that an item which comes at the moment of the
// shutdown, and every one after it, is counted once.
func TestShutdownRace(t *testing.T) {
	logger, _ := newLog()
	report := &reporter{logger: func() *slog.Logger { return logger }}
	for range 2000 {
		queue := &admission{counter: &counter{report: report}, limit: 2}
		p := &pipeline{counter: queue.counter, queue: queue}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range 5 {
					queue.admit()
				}
			})
		}
		queue.closed.Store(true)
		p.dropQueued()
		group.Wait()
		queue.admit()
		if s := queue.stats(); s.Ended != 21 || s.Dropped != 21 {
			t.Fatalf("got %+v, want each of 21 dropped", s)
		}
	}
}

// TestLateExport proves that a batch which the processor hands over after its
// spans were given up is not counted twice.
func TestLateExport(t *testing.T) {
	logger, _ := newLog()
	queue := &admission{counter: &counter{report: &reporter{logger: func() *slog.Logger { return logger }}}, limit: 10}
	p := &pipeline{counter: queue.counter, queue: queue}
	exporter := &spanExporter{lifeline: newLifeline(nil), admission: queue}
	for range 3 {
		queue.admit()
	}
	p.dropQueued()
	exporter.giveUp(errGivenUp)
	if err := exporter.ExportSpans(t.Context(), make([]sdktrace.ReadOnlySpan, 3)); !errors.Is(err, errGivenUp) {
		t.Errorf("got %v, want %v", err, errGivenUp)
	}
	if s := queue.stats(); s.Ended != 3 || s.Dropped != 3 || s.Failed != 0 || queue.waiting.Load() != 0 {
		t.Errorf("got %+v and %d waiting, want 3 dropped", s, queue.waiting.Load())
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
		"core": {sdktrace.WithSpanProcessor(&spanAdmission{admission: queue, batch: discard{}}), sdktrace.WithSampler(Sampler(nil))},
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
