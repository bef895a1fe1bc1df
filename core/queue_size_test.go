package core

import (
	"runtime"
	"testing"
	"time"

	"github.com/samespan/samespan/internal/logtest"
)

// TestQueueTakesMemoryWhenFilled proves that the memory of a queue depends on the
// number of queued items, not on the limit of the queue.
func TestQueueTakesMemoryWhenFilled(t *testing.T) {
	const maxGrowth = 16 << 20
	for name, options := range map[string][]Option{
		"both":  {WithMaxQueueSize(10_000_000)},
		"spans": {WithMaxSpanQueueSize(10_000_000)},
		"logs":  {WithMaxLogQueueSize(10_000_000)},
		"batch": {WithMaxQueueSize(10_000_000), WithMaxExportBatchSize(1_000_000)},
	} {
		r := newReceiver(t, nil)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, options...)
		endSpans(t, tel, 3)
		emitRecords(t, tel, 3)
		if err := tel.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > maxGrowth {
			t.Errorf("%s: got %d MiB allocated for three spans and three records, want at most %d", name, got>>20, maxGrowth>>20)
		}
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestQueuesHaveSeparateLimits proves that the queues of spans and of log records
// have separate limits. The collector does not answer while they are filled.
func TestQueuesHaveSeparateLimits(t *testing.T) {
	for name, test := range map[string]struct {
		variables []string
		options   []Option
	}{
		"options":                  {nil, []Option{WithMaxLogQueueSize(30), WithMaxQueueSize(1000), WithMaxSpanQueueSize(20)}},
		"variables":                {[]string{"OTEL_BSP_MAX_QUEUE_SIZE", "20", "OTEL_BLRP_MAX_QUEUE_SIZE", "30"}, []Option{WithMaxSpanQueueSize(1000), WithMaxLogQueueSize(1000)}},
		"a variable and an option": {[]string{"OTEL_BSP_MAX_QUEUE_SIZE", "20"}, []Option{WithMaxQueueSize(30)}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			logger, _ := logtest.New()
			tel := setup(t, append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, test.variables...),
				append(test.options, WithScheduleDelay(time.Hour), WithLogger(logger))...)
			// One item less than each limit: a full queue is also a full batch, which
			// would be exported at once.
			endSpans(t, tel, 19)
			emitRecords(t, tel, 29)
			if s := tel.Stats(); s.Traces.Queued != 19 || s.Logs.Queued != 29 {
				t.Errorf("got %+v and %+v, want all queued", s.Traces, s.Logs)
			}
			if err := tel.ForceFlush(t.Context()); err != nil {
				t.Error(err)
			}
			blocked := make(chan struct{})
			r.mu.Lock()
			r.exportsReleased = blocked
			r.mu.Unlock()
			endSpans(t, tel, 100)
			emitRecords(t, tel, 100)
			close(blocked)
			_ = tel.ForceFlush(t.Context()) // the error reports the drops
			s := tel.Stats()
			if queued := 100 - s.Traces.Dropped; queued < 20 || queued > 40 {
				t.Errorf("got %+v, want the queue and at most one batch of 20 kept", s.Traces)
			}
			if queued := 100 - s.Logs.Dropped; queued < 30 || queued > 60 {
				t.Errorf("got %+v, want the queue and at most one batch of 30 kept", s.Logs)
			}
		})
	}
}
