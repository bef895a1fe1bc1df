package httpservertest

import (
	"runtime"
	"testing"
)

// CheckBounded checks that a large request does not keep much memory in use: no more than
// a span can record. handle reads a request of at least size bytes and returns the value
// that stays in memory until the span is exported.
func CheckBounded[T any](t *testing.T, handle func(size int) T) {
	t.Helper()
	const (
		requests = 64
		size     = 256 << 10
		limit    = 32 << 10
	)
	retained := make([]T, 0, requests)
	before := heapInUse()
	for range requests {
		retained = append(retained, handle(size))
	}
	if perRequest := (heapInUse() - before) / requests; perRequest > limit {
		t.Errorf("a request of %d bytes keeps %d in memory, want no more than %d", size, perRequest, limit)
	}
	runtime.KeepAlive(retained)
}

// heapInUse returns the number of bytes in use on the heap. It collects garbage twice,
// since a sync.Pool is empty only after two collections.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc) //nolint:gosec // no heap is as large
}
