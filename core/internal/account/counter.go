package account

import (
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/selflog"
)

// Counter counts the items of one signal at one exporter and reports losses.
type Counter struct {
	Counters
	// Signal is "traces", "metrics" or "logs".
	Signal string
	// item is the word for one counted item in messages: "span", "log record" or, for
	// metrics, "export".
	item string
	// unit is the word for what the collector counts when it rejects a part of an export:
	// "span", "log record" or "data point".
	unit string
	// Exporter is the name of the exporter. Number is its index among the
	// exporters of the signal.
	Exporter string
	Number   int
	// Destination is the collector; nil if the exporter is not OTLP.
	Destination *exporterror.Destination
	// Component holds the attributes that identify the exporter in the otel.sdk.* metrics.
	// It is nil if these metrics do not cover the exporter.
	Component []attribute.KeyValue
	reporter  *selflog.Reporter

	queueFullDrops queueFullDrops
	// durationRecorder records the duration of exports. It is nil if durations are not
	// recorded.
	durationRecorder atomic.Pointer[durationRecorder]

	// reportedUnsupported is set after reporting that the collector does not accept the
	// signal. The report is not repeated until an export has succeeded.
	reportedUnsupported atomic.Bool

	errMu sync.Mutex
	// lastErr is the error of the last failed export; see storeError.
	lastErr error
}

// NewCounter returns the counter of a signal. item names what it counts, such as "span".
// unit names what the collector counts when it rejects a part of an export. item and unit
// differ only for metrics: item is "export", and unit is "data point". Losses are
// reported to reporter.
func NewCounter(signal, item, unit string, reporter *selflog.Reporter) *Counter {
	return &Counter{Signal: signal, item: item, unit: unit, reporter: reporter}
}

// These are messages about exports that failed, were partially rejected, or were accepted
// with a warning.
const (
	MessageLost     = "core: telemetry could not be exported and is lost"
	messageRejected = "core: the collector rejected telemetry, which is lost"
	messageWarning  = "core: the collector accepted telemetry with a warning"
)

// Settle counts the outcome of an export of n items. If items were lost, it reports the
// loss and returns the error, marked with [selflog.Reported] so that it is not logged
// again. Otherwise it returns nil.
func (c *Counter) Settle(n uint64, err error) error {
	if err == nil {
		c.exported.Add(n)
		c.reportedUnsupported.Store(false)
		return nil
	}
	kind, err := c.Destination.Diagnose(err)
	message, lost := MessageLost, n
	partial, isRejection := exporterror.RejectionOf(err)
	if isRejection {
		kind = c.Destination.DiagnoseRejection(partial)
		message, lost, err = messageRejected, min(partial.Items, n), partial.Err(c.unit)
	}
	err = c.Destination.Explain(err, kind)
	if isRejection && lost == 0 {
		c.exported.Add(n)
		c.reporter.Report(c.logKind(messageWarning, kind.Advice), 1, err)
		return nil
	}
	c.storeError(err, kind)
	c.exported.Add(n - lost)
	c.countFailed(lost, kind.ErrorType)
	if kind.ErrorType == exporterror.NotFound && c.reportedUnsupported.Swap(true) {
		return selflog.Reported(err)
	}
	c.reporter.Report(c.logKind(message, kind.ErrorType+kind.Advice), lost, err)
	return selflog.Reported(err)
}

// storeError stores err, which a flush or a shutdown later reports as the reason for lost
// items. If err only says that a shutdown has aborted the export, storeError keeps an
// earlier error, which is more specific.
func (c *Counter) storeError(err error, kind exporterror.Kind) {
	c.errMu.Lock()
	defer c.errMu.Unlock()
	if c.lastErr == nil || kind.ErrorType != exporterror.Shutdown {
		c.lastErr = err
	}
}

// dropReason is the reason why an item never reached the exporter, as text for messages
// and as the error.type of the metric.
type dropReason struct{ message, errorType string }

// These are the reasons that callers pass to [Counter.Drop].
var (
	QueueFull = dropReason{"the queue is full", "queue_full"}
	TooLate   = dropReason{"it was recorded after the shutdown", "already_shutdown"}
	NotSent   = dropReason{"it was not exported before the shutdown ended", exporterror.Shutdown}
)

// Drop counts n items that never reach the exporter.
func (c *Counter) Drop(n uint64, reason dropReason) {
	if n == 0 {
		return
	}
	c.countDropped(n, reason.errorType)
	c.reportDrops(n, reason)
}

// reportDrops reports n dropped items.
func (c *Counter) reportDrops(n uint64, reason dropReason) {
	c.reporter.Report(c.logKind("core: telemetry was dropped: "+reason.message, ""), n, nil)
}

// logKind returns the key under which the reporter counts a message. The key contains the
// name of the exporter unless the exporter is the first one of its signal.
func (c *Counter) logKind(message, cause string) selflog.Kind {
	kind := selflog.Kind{Message: message, Signal: c.Signal, Cause: cause}
	if c.Number > 0 {
		kind.Exporter = c.Exporter
	}
	return kind
}

// Stats returns the counts of Counters, and adds the items that were dropped because the
// queue was full. These items are counted in queueFullDrops.
func (c *Counter) Stats() Counts {
	s := c.Counters.Stats()
	full := c.queueFullDrops.count.Load()
	s.Ended += full
	s.Dropped += full
	return s
}

// Losses returns the losses of Counters by error.type, and adds the items that were
// dropped because the queue was full.
func (c *Counter) Losses() (failures, drops map[string]uint64) {
	failures, drops = c.Counters.losses()
	if full := c.queueFullDrops.count.Load(); full > 0 {
		if drops == nil {
			drops = make(map[string]uint64)
		}
		drops[QueueFull.errorType] += full
	}
	return failures, drops
}

// Loss describes the lost items of one signal.
type Loss struct {
	Signal string
	// Exporter is the name of the exporter that lost the items, or empty for the first
	// exporter.
	Exporter string
	// Item names what was lost: "span", "log record" or "export".
	Item            string
	Failed, Dropped uint64
	// Total is the number of items lost since the start.
	Total uint64
	// Err is the reason for the loss, or nil if it is not known.
	Err error
	// Over is the error that names the time limit of the flush or shutdown. It is nil if
	// the limit was not exceeded.
	Over error
}

// LossSince compares the current counts with before, an earlier result of Stats. It
// returns what was lost in between, or nil if nothing was lost.
func (c *Counter) LossSince(before Counts) *Loss {
	now := c.Stats()
	failed, dropped := now.Failed-before.Failed, now.Dropped-before.Dropped
	if failed+dropped == 0 {
		return nil
	}
	loss := &Loss{Signal: c.Signal, Item: c.item, Failed: failed, Dropped: dropped, Total: now.Failed + now.Dropped}
	if c.Number > 0 {
		loss.Exporter = c.Exporter
	}
	if failed > 0 {
		c.errMu.Lock()
		loss.Err = c.lastErr
		c.errMu.Unlock()
	}
	return loss
}

// Run runs one export, including its retries, and records its duration. After a success,
// it discards the errors of failed attempts, so that they are not reported as the reason
// for a later loss.
func (c *Counter) Run(run func() error) error {
	if c.Destination != nil {
		c.Destination.Attempts.Begin()
	}
	began := time.Now()
	err := run()
	if err == nil && c.Destination != nil {
		c.Destination.Attempts.Begin()
	}
	c.recordDuration(began, err)
	return err
}
