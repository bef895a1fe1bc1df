package poll

import (
	"context"
	"time"
)

// Until calls done every few milliseconds until it returns true or ctx ends. It reports
// whether done has returned true.
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
