package httpservertest

import (
	"runtime"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckBounded fails unless a request that is read for the engine keeps less
// memory than what a span says of it may take, however long the rest of what
// the client sent was. read reads one of size bytes and more.
func CheckBounded(t *testing.T, read func(size int) httpserver.Request) {
	t.Helper()
	const (
		requests = 64
		size     = 256 << 10
		most     = 32 << 10
	)
	kept := make([]httpserver.Request, 0, requests)
	before := heap()
	for range requests {
		request := read(size)
		// The engine shortens the query, and copies what it shortens.
		request.Query, request.Header = "", nil
		kept = append(kept, request)
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
