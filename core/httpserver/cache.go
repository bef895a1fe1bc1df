package httpserver

import (
	"sync"
	"sync/atomic"
)

// cache holds one value for each key, up to a limit that several caches may share. Once the
// limit is reached, the value of a new key is created for each request and not stored, so
// that neither clients nor applications can make the cache grow without bound.
type cache[K comparable, V any] struct {
	entries sync.Map // from K to V
	// remaining is the number of values that may still be stored.
	remaining *atomic.Int64
}

func (c *cache[K, V]) get(key K) (value V, ok bool) {
	found, ok := c.entries.Load(key)
	if ok {
		value, _ = found.(V)
	}
	return value, ok
}

// storeOnce stores value if there is room, and returns it. If another goroutine has already
// stored a value for key, storeOnce returns that value instead.
func (c *cache[K, V]) storeOnce(key K, value V) V {
	stored, loaded := c.entries.LoadOrStore(key, value)
	if !loaded && c.remaining.Add(-1) < 0 {
		c.remaining.Add(1)
		c.entries.Delete(key)
	}
	existing, _ := stored.(V)
	return existing
}
