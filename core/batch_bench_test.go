package core

import (
	"fmt"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// BenchmarkTake is how long the requests that end meanwhile wait for a batch to
// be made of a queue of so many spans.
func BenchmarkTake(b *testing.B) {
	for _, queue := range []int{2048, 1_000_000} {
		b.Run(fmt.Sprint(queue), func(b *testing.B) {
			batches := &spanBatches{batchConfig: batchConfig{batchSize: 512, queueSize: queue}}
			spans := make([]sdktrace.ReadOnlySpan, queue)
			for i := range b.N {
				if i%(queue/512) == 0 {
					b.StopTimer()
					batches.waiting = append(batches.waiting, spans[:queue-len(batches.waiting)]...)
					b.StartTimer()
				}
				batches.take()
			}
		})
	}
}
