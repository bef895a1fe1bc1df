package core

import (
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/selflog"
)

// counter counts one signal's items and reports those that are lost.
type counter struct {
	tally
	// signal is "traces", "metrics" or "logs"; item is what one is called, and
	// unit what the collector counts: for metrics an item is an export.
	signal string
	item   string
	unit   string
	// destination is where exports go to; nil if not over OTLP.
	destination *exporterror.Destination
	// component are the attributes of the exporter in the metrics of the SDK.
	component []attribute.KeyValue
	report    *selflog.Reporter
	full      queueFullDrops
	// stopwatch is nil while nobody wants to know how long exports take.
	stopwatch atomic.Pointer[stopwatch]

	// unsupported says that the collector has been reported not to take the
	// signal, which is not said again until it takes some.
	unsupported atomic.Bool

	errMu   sync.Mutex
	lastErr error
}

const (
	messageLost     = "core: telemetry could not be exported and is lost"
	messageRejected = "core: the collector rejected telemetry, which is lost"
	messageWarning  = "core: the collector took telemetry with a warning"
)

// settle counts the outcome of one export of n items and returns err as one
// that has been reported, nil if nothing was lost.
func (c *counter) settle(n uint64, err error) error {
	if err == nil {
		c.exported.Add(n)
		c.unsupported.Store(false)
		return nil
	}
	kind, err := c.destination.Diagnose(err)
	message, lost := messageLost, n
	partial, taken := exporterror.RejectionOf(err)
	if taken {
		kind = c.destination.DiagnoseRejection(partial)
		message, lost, err = messageRejected, min(partial.Items, n), partial.Err(c.unit)
	}
	err = c.destination.Explain(err, kind)
	if taken && lost == 0 {
		c.exported.Add(n)
		c.report.Report(selflog.Kind{Message: messageWarning, Signal: c.signal, Cause: kind.Advice}, 1, err)
		return nil
	}
	c.remember(err, kind)
	c.exported.Add(n - lost)
	c.fail(lost, kind.ErrorType)
	if kind.ErrorType == exporterror.NotFound && c.unsupported.Swap(true) {
		return selflog.Reported(err)
	}
	c.report.Report(selflog.Kind{Message: message, Signal: c.signal, Cause: kind.ErrorType + kind.Advice}, lost, err)
	return selflog.Reported(err)
}

// remember keeps err for the errors of flush and shutdown. That the time was
// over tells less than why an export before it has failed.
func (c *counter) remember(err error, kind exporterror.Kind) {
	c.errMu.Lock()
	defer c.errMu.Unlock()
	if c.lastErr == nil || kind.ErrorType != exporterror.Shutdown {
		c.lastErr = err
	}
}

// dropReason is why an item never reaches the exporter: in words, and as the
// error.type of the metric.
type dropReason struct{ text, errorType string }

var (
	queueFull = dropReason{"the queue is full", "queue_full"}
	tooLate   = dropReason{"it came after the shutdown", "already_shutdown"}
	notSent   = dropReason{"it was not exported before the shutdown ended", exporterror.Shutdown}
)

// drop counts n items that never reach the exporter.
func (c *counter) drop(n uint64, why dropReason) {
	if n == 0 {
		return
	}
	c.discard(n, why.errorType)
	c.report.Report(why.kind(c.signal), n, nil)
}

// kind is what the items of a signal that are dropped for this reason are
// reported as.
func (r dropReason) kind(signal string) selflog.Kind {
	return selflog.Kind{Message: "core: telemetry was dropped: " + r.text, Signal: signal}
}

// stats is that of the tally, with what found the queue full, which the tally
// does not count at all.
func (c *counter) stats() SpanStats {
	s := c.tally.stats()
	full := c.full.count.Load()
	s.Ended += full
	s.Dropped += full
	return s
}

// losses is that of the tally, with what found the queue full.
func (c *counter) losses() (failures, drops map[string]uint64) {
	failures, drops = c.tally.losses()
	if full := c.full.count.Load(); full > 0 {
		if drops == nil {
			drops = make(map[string]uint64)
		}
		drops[queueFull.errorType] += full
	}
	return failures, drops
}

// lossSince counts what was lost since before. It returns nil when nothing was.
func (c *counter) lossSince(before SpanStats) *LossError {
	now := c.stats()
	failed, dropped := now.Failed-before.Failed, now.Dropped-before.Dropped
	if failed+dropped == 0 {
		return nil
	}
	loss := &LossError{Signal: c.signal, Failed: failed, Dropped: dropped, Total: now.Failed + now.Dropped, item: c.item}
	if failed > 0 {
		c.errMu.Lock()
		loss.Err = c.lastErr
		c.errMu.Unlock()
	}
	return loss
}

// export runs one export with all its attempts.
func (c *counter) export(run func() error) error {
	if c.destination != nil {
		c.destination.Attempts.Begin()
	}
	began := time.Now()
	err := run()
	c.timed(began, err)
	return err
}
