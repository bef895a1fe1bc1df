package account

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/internal/logtest"
)

// newTestCounter returns a counter of spans, and the buffer to which the counter logs
// losses.
func newTestCounter() (*Counter, *logtest.Buffer) {
	logger, logged := logtest.New()
	return NewCounter("traces", "span", "span", selflog.NewReporter(func() *slog.Logger { return logger })), logged
}

// TestEveryItemIsCountedOnce proves that each item is counted under exactly one
// outcome: exported, failed, dropped or still queued.
func TestEveryItemIsCountedOnce(t *testing.T) {
	c, logged := newTestCounter()
	before := c.Stats()
	c.Count(10)
	if err := c.Settle(4, nil); err != nil {
		t.Errorf("got %v of an export that succeeded", err)
	}
	refused := errors.New("connection refused")
	if err := c.Settle(3, refused); !errors.Is(err, refused) {
		t.Errorf("got %v, want %v", err, refused)
	}
	c.Drop(2, TooLate)
	c.DropQueueFull()
	if got, want := c.Stats(), (Counts{Ended: 11, Exported: 4, Failed: 3, Dropped: 3, Queued: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	failures, drops := c.Losses()
	if failures[exporterror.Refused] != 3 || drops["already_shutdown"] != 2 || drops["queue_full"] != 1 {
		t.Errorf("got failures %v and drops %v", failures, drops)
	}
	lost := c.LossSince(before)
	if lost == nil || lost.Failed != 3 || lost.Dropped != 3 || lost.Total != 6 || !errors.Is(lost.Err, refused) {
		t.Errorf("got %+v", lost)
	}
	if lost := c.LossSince(c.Stats()); lost != nil {
		t.Errorf("got %+v since a moment ago, want nothing", lost)
	}
	if !logged.Line(MessageLost, "count=3") {
		t.Errorf("got log %s", logged)
	}
}

// TestTimeoutKeepsEarlierReason proves that a timeout does not replace the reason of
// an earlier failed export.
func TestTimeoutKeepsEarlierReason(t *testing.T) {
	c, _ := newTestCounter()
	before := c.Stats()
	c.Count(2)
	refused := errors.New("connection refused")
	_ = c.Settle(1, refused)
	_ = c.Settle(1, exporterror.ErrGivenUp)
	if lost := c.LossSince(before); lost == nil || !errors.Is(lost.Err, refused) {
		t.Errorf("got %+v, want that the collector refused", lost)
	}
}

// TestDropsAreReportedOnceAMinute proves that the first drop by a full queue is logged at
// once, and later drops once a minute with their number.
func TestDropsAreReportedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, logged := newTestCounter()
		for range 3 {
			c.DropQueueFull()
		}
		logged.Expect(t, 0, "the queue is full\" count=1 signal=traces")
		logged.Expect(t, selflog.Interval, "count=2 ")
		c.DropQueueFull()
		c.ReportRest()
		logged.Expect(t, time.Hour, "count=1 ")
	})
}

// TestRunDiscardsErrorOfEarlierExport proves that a failed attempt of one export is not
// reported as the reason why the next export failed.
func TestRunDiscardsErrorOfEarlierExport(t *testing.T) {
	c, _ := newTestCounter()
	c.Destination = &exporterror.Destination{Proxied: func() bool { return false }, Advise: func(s string) string { return s }}
	c.Destination.Attempts.Failed(context.Background(), errors.New("no such host"))
	timeout := errors.New("deadline exceeded")
	err := c.Run(func() error { return timeout })
	// Diagnose must return timeout itself, without an added reason. The arguments of
	// errors.Is are swapped on purpose: errors.Is(explained, timeout) would also accept
	// an error that wraps timeout.
	if kind, explained := c.Destination.Diagnose(err); kind.ErrorType != exporterror.Timeout || !errors.Is(timeout, explained) {
		t.Errorf("got %s, %v, want nothing of the export before", kind.ErrorType, explained)
	}
}
