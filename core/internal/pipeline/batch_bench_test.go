package pipeline

import (
	"context"
	"fmt"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/settings"
)

// BenchmarkTake measures how long requests that end are blocked while a batch
// is taken from a queue of n spans.
func BenchmarkTake(b *testing.B) {
	for _, queue := range []int{2048, 1_000_000} {
		b.Run(fmt.Sprint(queue), func(b *testing.B) {
			batches := &Batches[sdktrace.ReadOnlySpan]{BatchConfig: settings.BatchConfig{BatchSize: 512, QueueSize: queue}}
			batches.send = func(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
			for i := range b.N {
				if i%(queue/512) == 0 {
					b.StopTimer()
					for batches.length < queue {
						batches.Add(nil)
					}
					b.StartTimer()
				}
				batches.take()
			}
		})
	}
}
