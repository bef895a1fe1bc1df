package account

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/samespan/samespan/core/internal/exporterror"
)

// Counters counts items by outcome. Each item is counted as ended before its outcome is
// counted, so that there are never more outcomes than ended items.
type Counters struct {
	// ended counts all items, whatever their outcome.
	ended atomic.Uint64
	// exported counts the items that were exported.
	exported atomic.Uint64
	// failed counts the items whose export failed.
	failed atomic.Uint64
	// dropped counts the items that never reached the exporter.
	dropped atomic.Uint64
	// submitted counts the items passed to the exporter.
	submitted atomic.Uint64

	mu sync.Mutex
	// failures has the number of failed items for each error.type.
	failures map[string]uint64
	// drops has the number of dropped items for each error.type.
	drops map[string]uint64
}

// Counts is the number of items by outcome. Ended is the sum of the other fields.
type Counts struct {
	Ended, Exported, Failed, Dropped, Queued uint64
}

// Count counts n items as ended.
func (t *Counters) Count(n uint64) { t.ended.Add(n) }

// Submit counts n items passed to the exporter.
func (t *Counters) Submit(n uint64) { t.submitted.Add(n) }

// Submitted returns the number of items passed to the exporter.
func (t *Counters) Submitted() uint64 { return t.submitted.Load() }

// Settle counts the outcome of an export of n items. err is the error of the export, or
// nil.
func (t *Counters) Settle(destination *exporterror.Destination, n uint64, err error) {
	var lost uint64
	errorType := ""
	if partial, ok := exporterror.RejectionOf(err); ok {
		lost, errorType = min(partial.Items, n), exporterror.Rejected
	} else if err != nil {
		kind, _ := destination.Diagnose(err)
		lost, errorType = n, kind.ErrorType
	}
	t.exported.Add(n - lost)
	t.countFailed(lost, errorType)
}

// Stats returns the counts. It reads the outcomes before the number of ended items, so
// that Queued is never negative.
func (t *Counters) Stats() Counts {
	s := Counts{Exported: t.exported.Load(), Failed: t.failed.Load(), Dropped: t.dropped.Load()}
	s.Ended = t.ended.Load()
	s.Queued = s.Ended - s.Exported - s.Failed - s.Dropped
	return s
}

// countFailed counts n items as failed with the given error.type.
func (t *Counters) countFailed(n uint64, errorType string) {
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

// countDropped counts n items as dropped with the given error.type.
func (t *Counters) countDropped(n uint64, errorType string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.drops == nil {
		t.drops = make(map[string]uint64)
	}
	t.drops[errorType] += n
	t.dropped.Add(n)
}

// losses returns the numbers of failed and dropped items by error.type.
func (t *Counters) losses() (failures, drops map[string]uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.failures), maps.Clone(t.drops)
}
