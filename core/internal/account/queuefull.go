package account

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/samespan/samespan/core/internal/selflog"
)

// queueFullDrops counts items that are dropped because the queue is full. The queue is
// full when the service is busiest, so a drop costs only two atomic operations. The first
// drop is logged at once, and a timer logs the others.
type queueFullDrops struct {
	count atomic.Uint64
	// reporting is set while a timer is scheduled to report count.
	reporting atomic.Bool

	mu sync.Mutex
	// reported is the part of count that was already reported.
	reported uint64
	timer    *time.Timer
	ended    bool
}

// DropQueueFull counts an item that was dropped because the queue is full.
func (c *Counter) DropQueueFull() {
	c.queueFull.count.Add(1)
	if !c.queueFull.reporting.Load() && c.queueFull.reporting.CompareAndSwap(false, true) {
		c.reportQueueFull()
	}
}

// reportQueueFull reports the drops since the last call, and schedules the next call for
// the time at which the reporter will log again.
func (c *Counter) reportQueueFull() {
	full := &c.queueFull
	full.mu.Lock()
	n := full.count.Load() - full.reported
	full.reported += n
	ended := full.ended
	full.mu.Unlock()
	c.reportDrops(n, QueueFull)
	if ended {
		return
	}
	full.mu.Lock()
	defer full.mu.Unlock()
	full.timer = time.AfterFunc(selflog.Interval, func() {
		full.reporting.Store(false)
		full.mu.Lock()
		more := full.count.Load() > full.reported
		full.mu.Unlock()
		if more && full.reporting.CompareAndSwap(false, true) {
			c.reportQueueFull()
		}
	})
}

// ReportRest reports the drops that no timer has reported. It is called at the shutdown.
func (c *Counter) ReportRest() {
	c.queueFull.mu.Lock()
	c.queueFull.ended = true
	if c.queueFull.timer != nil {
		c.queueFull.timer.Stop()
	}
	c.queueFull.mu.Unlock()
	c.reportQueueFull()
}
