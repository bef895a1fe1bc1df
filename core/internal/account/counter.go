package account

import (
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/selflog"
)

// Counter counts one signal's items and reports those that are lost.
type Counter struct {
	Tally
	// Signal is "traces", "metrics" or "logs"; item is what one is called, and
	// unit what the collector counts: for metrics an item is an export.
	Signal string
	item   string
	unit   string
	// Exporter is the name of the exporter, and Number how many the signal has
	// before it.
	Exporter string
	Number   int
	// Destination is where exports go to; nil if not over OTLP.
	Destination *exporterror.Destination
	// Component are the attributes of the exporter in the metrics of the SDK, nil
	// for one that those are not about.
	Component []attribute.KeyValue
	report    *selflog.Reporter
	full      queueFullDrops
	// stopwatch measures how long exports take, nil if that is not recorded.
	stopwatch atomic.Pointer[stopwatch]

	// unsupported says that the collector has been reported not to take the
	// signal, which is not said again until it takes some.
	unsupported atomic.Bool

	errMu   sync.Mutex
	lastErr error
}

// NewCounter returns the counter of a signal, one thing of which is an item here
// and a unit to the collector. It reports losses to report.
func NewCounter(signal, item, unit string, report *selflog.Reporter) *Counter {
	return &Counter{Signal: signal, item: item, unit: unit, report: report}
}

// The messages of exports that did not go well.
const (
	MessageLost     = "core: telemetry could not be exported and is lost"
	messageRejected = "core: the collector rejected telemetry, which is lost"
	messageWarning  = "core: the collector took telemetry with a warning"
)

// Settle counts the outcome of one export of n items and returns err as one
// that has been reported, nil if nothing was lost.
func (c *Counter) Settle(n uint64, err error) error {
	if err == nil {
		c.exported.Add(n)
		c.unsupported.Store(false)
		return nil
	}
	kind, err := c.Destination.Diagnose(err)
	message, lost := MessageLost, n
	partial, taken := exporterror.RejectionOf(err)
	if taken {
		kind = c.Destination.DiagnoseRejection(partial)
		message, lost, err = messageRejected, min(partial.Items, n), partial.Err(c.unit)
	}
	err = c.Destination.Explain(err, kind)
	if taken && lost == 0 {
		c.exported.Add(n)
		c.report.Report(c.kind(messageWarning, kind.Advice), 1, err)
		return nil
	}
	c.remember(err, kind)
	c.exported.Add(n - lost)
	c.fail(lost, kind.ErrorType)
	if kind.ErrorType == exporterror.NotFound && c.unsupported.Swap(true) {
		return selflog.Reported(err)
	}
	c.report.Report(c.kind(message, kind.ErrorType+kind.Advice), lost, err)
	return selflog.Reported(err)
}

// remember keeps err for the errors of flush and shutdown. That the time was
// over tells less than why an export before it has failed.
func (c *Counter) remember(err error, kind exporterror.Kind) {
	c.errMu.Lock()
	defer c.errMu.Unlock()
	if c.lastErr == nil || kind.ErrorType != exporterror.Shutdown {
		c.lastErr = err
	}
}

// dropReason is why an item never reaches the exporter: in words, and as the
// error.type of the metric.
type dropReason struct{ text, errorType string }

// The reasons of [Counter.Drop].
var (
	QueueFull = dropReason{"the queue is full", "queue_full"}
	TooLate   = dropReason{"it came after the shutdown", "already_shutdown"}
	NotSent   = dropReason{"it was not exported before the shutdown ended", exporterror.Shutdown}
)

// Drop counts n items that never reach the exporter.
func (c *Counter) Drop(n uint64, why dropReason) {
	if n == 0 {
		return
	}
	c.discard(n, why.errorType)
	c.reportDrops(n, why)
}

// reportDrops reports n items that were dropped.
func (c *Counter) reportDrops(n uint64, why dropReason) {
	c.report.Report(c.kind("core: telemetry was dropped: "+why.text, ""), n, nil)
}

// kind is what is reported together. The first exporter of a signal is not named.
func (c *Counter) kind(message, cause string) selflog.Kind {
	kind := selflog.Kind{Message: message, Signal: c.Signal, Cause: cause}
	if c.Number > 0 {
		kind.Exporter = c.Exporter
	}
	return kind
}

// Stats is that of the tally, with what found the queue full, which the tally
// does not count at all.
func (c *Counter) Stats() Counts {
	s := c.Tally.Stats()
	full := c.full.count.Load()
	s.Ended += full
	s.Dropped += full
	return s
}

// Losses is that of the tally, with what found the queue full.
func (c *Counter) Losses() (failures, drops map[string]uint64) {
	failures, drops = c.Tally.losses()
	if full := c.full.count.Load(); full > 0 {
		if drops == nil {
			drops = make(map[string]uint64)
		}
		drops[QueueFull.errorType] += full
	}
	return failures, drops
}

// Loss is what was lost of one signal.
type Loss struct {
	Signal string
	// Exporter is the one of several that lost it, empty for the first.
	Exporter string
	// Item is what one of them is called.
	Item            string
	Failed, Dropped uint64
	// Total is what was lost since the start.
	Total uint64
	// Err is why, nil if it is not known.
	Err error
	// Over is the time that was over, nil if it was not.
	Over error
}

// LossSince returns what was lost since before, nil if nothing was.
func (c *Counter) LossSince(before Counts) *Loss {
	now := c.Stats()
	failed, dropped := now.Failed-before.Failed, now.Dropped-before.Dropped
	if failed+dropped == 0 {
		return nil
	}
	lost := &Loss{Signal: c.Signal, Item: c.item, Failed: failed, Dropped: dropped, Total: now.Failed + now.Dropped}
	if c.Number > 0 {
		lost.Exporter = c.Exporter
	}
	if failed > 0 {
		c.errMu.Lock()
		lost.Err = c.lastErr
		c.errMu.Unlock()
	}
	return lost
}

// Run runs one export with all its attempts.
func (c *Counter) Run(run func() error) error {
	if c.Destination != nil {
		c.Destination.Attempts.Begin()
	}
	began := time.Now()
	err := run()
	c.timed(began, err)
	return err
}
