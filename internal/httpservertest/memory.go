package httpservertest

import (
	"runtime"
	"testing"
)

// CheckBounded fails unless what is kept of a request takes less memory than
// what a span says of it may, however long what the client sent was. keep
// handles a request of size bytes and more, and returns what is kept of it.
func CheckBounded[T any](t *testing.T, keep func(size int) T) {
	t.Helper()
	const (
		requests = 64
		size     = 256 << 10
		most     = 32 << 10
	)
	kept := make([]T, 0, requests)
	before := heap()
	for range requests {
		kept = append(kept, keep(size))
	}
	if each := (heap() - before) / requests; each > most {
		t.Errorf("a request of %d bytes keeps %d in memory, want no more than %d", size, each, most)
	}
	runtime.KeepAlive(kept)
}

// heap returns how many bytes are in use. Pools are empty after two rounds.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc) //nolint:gosec // no heap is as large
}
