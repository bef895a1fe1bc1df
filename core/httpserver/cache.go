package httpserver

import (
	"sync"
	"sync/atomic"
)

// cache keeps what is made once for each key, up to a bound that several
// caches may share: past it the value is made anew each time, so that nothing
// a client or an application does grows it without end.
type cache[K comparable, V any] struct {
	mu      sync.RWMutex
	entries map[K]V
	room    *atomic.Int64
}

func (c *cache[K, V]) find(key K) (V, bool) {
	c.mu.RLock()
	value, ok := c.entries[key]
	c.mu.RUnlock()
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
	if c.room.Add(-1) < 0 {
		c.room.Add(1)
		return value
	}
	if c.entries == nil {
		c.entries = make(map[K]V)
	}
	c.entries[key] = value
	return value
}
