package httpserver

import (
	"maps"
	"sync"
	"sync/atomic"
)

// cache keeps what is made once for each key, up to a bound that several
// caches may share: past it the value is made anew each time, so that nothing
// a client or an application does grows it without end.
//
// What was found often enough is found without a lock: a lock that every
// request takes on every core costs more than what it guards.
type cache[K comparable, V any] struct {
	// settled is not written to any more.
	settled atomic.Pointer[map[K]V]

	mu sync.Mutex
	// entries has what is settled and what came since; it is nil if nothing
	// did. When it was needed as often as it has entries, it settles: so the
	// copies that are made of it are paid for.
	entries map[K]V
	misses  int
	room    *atomic.Int64
}

func (c *cache[K, V]) find(key K) (V, bool) {
	if value, ok := c.findSettled(key); ok {
		return value, true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		return c.findSettled(key) // it may have settled meanwhile
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

// keep stores value unless another goroutine was faster, and returns the one
// to use.
func (c *cache[K, V]) keep(key K, value V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if earlier, ok := c.entries[key]; ok {
		return earlier
	}
	if earlier, ok := c.findSettled(key); ok {
		return earlier
	}
	if c.room.Add(-1) < 0 {
		c.room.Add(1)
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
