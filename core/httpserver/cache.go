package httpserver

import (
	"maps"
	"sync"
	"sync/atomic"
)

// cache holds one value for each key, up to a limit on entries that several
// caches may share. Beyond the limit a value is made again each time, so that
// neither clients nor applications can make it grow without bound.
//
// Values that are requested often are found without a lock, since a lock taken
// by every request on every core costs more than making the value.
type cache[K comparable, V any] struct {
	// settled is read without a lock and never modified.
	settled atomic.Pointer[map[K]V]

	mu sync.Mutex
	// entries has the settled values and newer ones; it is nil if there are
	// none. Once it was read as often as it has entries, it becomes settled:
	// this way the cost of copying it is amortized.
	entries  map[K]V
	misses   int
	capacity *atomic.Int64
}

func (c *cache[K, V]) find(key K) (V, bool) {
	if value, ok := c.findSettled(key); ok {
		return value, true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		return c.findSettled(key) // it may have been settled meanwhile
	}
	value, ok := c.entries[key]
	c.misses++
	if c.misses >= len(c.entries) {
		entries := c.entries
		c.settled.Store(&entries)
		c.entries, c.misses = nil, 0
	}
	return value, ok
}

func (c *cache[K, V]) findSettled(key K) (value V, ok bool) {
	if settled := c.settled.Load(); settled != nil {
		value, ok = (*settled)[key]
	}
	return value, ok
}

// keep stores value unless another goroutine already has, and returns the
// stored one.
func (c *cache[K, V]) keep(key K, value V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if earlier, ok := c.entries[key]; ok {
		return earlier
	}
	if earlier, ok := c.findSettled(key); ok {
		return earlier
	}
	if c.capacity.Add(-1) < 0 {
		c.capacity.Add(1)
		return value
	}
	if c.entries == nil {
		c.entries = make(map[K]V)
		if settled := c.settled.Load(); settled != nil {
			maps.Copy(c.entries, *settled)
		}
	}
	c.entries[key] = value
	return value
}
