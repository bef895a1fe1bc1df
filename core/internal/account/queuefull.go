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
	// isReportScheduled is set while a timer is scheduled to report count.
	isReportScheduled atomic.Bool

	mu sync.Mutex
	// reportedCount is the part of count that was already reported.
	reportedCount uint64
	// timer reports further drops after [selflog.Interval].
	timer *time.Timer
	// isShutDown is set at the shutdown. No report is scheduled after that.
	isShutDown bool
}

// DropQueueFull counts an item that was dropped because the queue is full.
func (c *Counter) DropQueueFull() {
	c.queueFullDrops.count.Add(1)
	if !c.queueFullDrops.isReportScheduled.Load() && c.queueFullDrops.isReportScheduled.CompareAndSwap(false, true) {
		c.reportQueueFull()
	}
}

// reportQueueFull reports the drops since its last call. It starts a timer that reports
// further drops after [selflog.Interval], because the reporter logs nothing earlier.
// After the shutdown, it starts no timer.
func (c *Counter) reportQueueFull() {
	full := &c.queueFullDrops
	full.mu.Lock()
	n := full.count.Load() - full.reportedCount
	full.reportedCount += n
	ended := full.isShutDown
	full.mu.Unlock()
	c.reportDrops(n, QueueFull)
	if ended {
		return
	}
	full.mu.Lock()
	defer full.mu.Unlock()
	full.timer = time.AfterFunc(selflog.Interval, func() {
		full.isReportScheduled.Store(false)
		full.mu.Lock()
		more := full.count.Load() > full.reportedCount
		full.mu.Unlock()
		if more && full.isReportScheduled.CompareAndSwap(false, true) {
			c.reportQueueFull()
		}
	})
}

// ReportRest reports the drops that are not yet reported. It is called at the shutdown.
func (c *Counter) ReportRest() {
	c.queueFullDrops.mu.Lock()
	c.queueFullDrops.isShutDown = true
	if c.queueFullDrops.timer != nil {
		c.queueFullDrops.timer.Stop()
	}
	c.queueFullDrops.mu.Unlock()
	c.reportQueueFull()
}
