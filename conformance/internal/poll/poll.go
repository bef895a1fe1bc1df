package poll

import (
	"context"
	"time"
)

// Until calls done, now and every few milliseconds, until it returns true, and
// reports whether that was before ctx ended.
func Until(ctx context.Context, done func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}
