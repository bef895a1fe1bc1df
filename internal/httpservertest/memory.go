package httpservertest

import (
	"runtime"
	"testing"
)

// CheckBounded checks that what is retained for a request is limited to what
// its span records, however much the client sent. keep handles a request of at
// least size bytes and returns what it retains.
func CheckBounded[T any](t *testing.T, keep func(size int) T) {
	t.Helper()
	const (
		requests = 64
		size     = 256 << 10
		most     = 32 << 10
	)
	kept := make([]T, 0, requests)
	before := heapInUse()
	for range requests {
		kept = append(kept, keep(size))
	}
	if each := (heapInUse() - before) / requests; each > most {
		t.Errorf("a request of %d bytes keeps %d in memory, want no more than %d", size, each, most)
	}
	runtime.KeepAlive(kept)
}

// heapInUse returns the bytes in use. Pools are empty after two garbage collections.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc) //nolint:gosec // no heap is as large
}
