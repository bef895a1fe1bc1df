package httpserver

import (
	"sync"
	"sync/atomic"
)

// cache holds one value for each key, up to a limit on entries that several
// caches may share. Beyond the limit a value is made again each time, so that
// neither clients nor applications can make it grow without bound.
type cache[K comparable, V any] struct {
	entries  sync.Map // from K to V
	capacity *atomic.Int64
}

func (c *cache[K, V]) find(key K) (value V, ok bool) {
	found, ok := c.entries.Load(key)
	if ok {
		value, _ = found.(V)
	}
	return value, ok
}

// keep stores value unless another goroutine already has, and returns the
// stored one.
func (c *cache[K, V]) keep(key K, value V) V {
	stored, loaded := c.entries.LoadOrStore(key, value)
	if !loaded && c.capacity.Add(-1) < 0 {
		c.capacity.Add(1)
		c.entries.Delete(key)
	}
	kept, _ := stored.(V)
	return kept
}
