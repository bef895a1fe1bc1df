package httpserver

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

func newTestCache(capacity int64) *cache[string, *int] {
	c := &cache[string, *int]{remaining: new(atomic.Int64)}
	c.remaining.Store(capacity)
	return c
}

func TestCacheKeepsTheFirstValueOfAKey(t *testing.T) {
	c := newTestCache(10)
	first, second := c.storeOnce("a", new(int)), c.storeOnce("b", new(int))
	for key, want := range map[string]*int{"a": first, "b": second} {
		if got, ok := c.get(key); !ok || got != want {
			t.Errorf("%s: got %p, %v, want %p", key, got, ok, want)
		}
		if got := c.storeOnce(key, new(int)); got != want {
			t.Errorf("%s: the first value was replaced", key)
		}
	}
	if _, ok := c.get("c"); ok {
		t.Error("found a value that was never stored")
	}
}

// TestCacheIsBounded proves that caches that share a limit together store exactly as many
// values as it allows.
func TestCacheIsBounded(t *testing.T) {
	c := newTestCache(100)
	other := &cache[int, *int]{remaining: c.remaining}
	for i := range 1000 {
		c.storeOnce(strconv.Itoa(i), new(int))
		other.storeOnce(i, new(int))
	}
	found := 0
	for i := range 1000 {
		if _, ok := c.get(strconv.Itoa(i)); ok {
			found++
		}
		if _, ok := other.get(i); ok {
			found++
		}
	}
	if found != 100 || c.remaining.Load() != 0 {
		t.Errorf("found %d with room for %d more, want 100 and 0", found, c.remaining.Load())
	}
}

// TestConcurrentGoroutinesGetSameCachedValue proves that concurrent goroutines get the
// same value for a key.
func TestConcurrentGoroutinesGetSameCachedValue(t *testing.T) {
	const keys, goroutines = 200, 8
	c := newTestCache(keys)
	var (
		wait sync.WaitGroup
		got  [goroutines][keys]*int
	)
	for g := range goroutines {
		wait.Go(func() {
			for range 20 {
				for i := range keys {
					key := strconv.Itoa(i)
					value, ok := c.get(key)
					if !ok {
						value = c.storeOnce(key, new(int))
					}
					if earlier := got[g][i]; earlier != nil && earlier != value {
						t.Errorf("key %d has two values", i)
					}
					got[g][i] = value
				}
			}
		})
	}
	wait.Wait()
	for g := range goroutines {
		if got[g] != got[0] {
			t.Errorf("goroutine %d has other values", g)
		}
	}
	if c.remaining.Load() != 0 {
		t.Errorf("got room for %d, want each key kept once", c.remaining.Load())
	}
}
