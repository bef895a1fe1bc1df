package core

import (
	"maps"
	"sync"
	"sync/atomic"
)

// tally counts what becomes of items. Every item is counted as ended before
// anything else about it is, which is what keeps the sums right.
type tally struct {
	ended    atomic.Uint64
	exported atomic.Uint64
	failed   atomic.Uint64
	dropped  atomic.Uint64
	// submitted are the items that were handed to the exporter.
	submitted atomic.Uint64

	mu sync.Mutex
	// failures and drops are failed and dropped by error.type.
	failures map[string]uint64
	drops    map[string]uint64
}

// stats reads what has become of items before it reads how many there were, so
// that no reading shows more outcomes than items: the sum is exact in every one.
func (t *tally) stats() SpanStats {
	s := SpanStats{Exported: t.exported.Load(), Failed: t.failed.Load(), Dropped: t.dropped.Load()}
	s.Ended = t.ended.Load()
	s.Queued = s.Ended - s.Exported - s.Failed - s.Dropped
	return s
}

func (t *tally) fail(n uint64, errorType string) {
	if n == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failures == nil {
		t.failures = make(map[string]uint64)
	}
	t.failures[errorType] += n
	t.failed.Add(n)
}

func (t *tally) discard(n uint64, errorType string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.drops == nil {
		t.drops = make(map[string]uint64)
	}
	t.drops[errorType] += n
	t.dropped.Add(n)
}

// losses returns failures and drops by error.type.
func (t *tally) losses() (failures, drops map[string]uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.failures), maps.Clone(t.drops)
}
