package core

import (
	"fmt"
	"testing"
	"time"

	"github.com/samespan/samespan/internal/logtest"
)

// TestTinyBatchesCountEveryLoss proves that with the smallest queue and batch sizes
// every loss is counted, and that a flush sends everything that was queued.
func TestTinyBatchesCountEveryLoss(t *testing.T) {
	const spans = 300
	for _, test := range []struct {
		queue, batch int
		delay        time.Duration
	}{
		{1, 1, 0},
		{2, 2, 0},
		{1, 1, time.Nanosecond},
		{1, 1, time.Hour},
		{2, 1, time.Hour},
		{2, 2, time.Millisecond},
		{spans, 1, time.Hour},
	} {
		t.Run(fmt.Sprintf("queue %d, batch %d, delay %v", test.queue, test.batch, test.delay), func(t *testing.T) {
			r := newReceiver(t, nil)
			logger, _ := logtest.New()
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address},
				WithMaxQueueSize(test.queue), WithMaxExportBatchSize(test.batch), WithScheduleDelay(test.delay), WithLogger(logger),
				WithShutdownTimeout(time.Minute)) // for hundreds of exports on a busy machine
			endSpans(t, tel, spans)
			// The error reports what was dropped; the counts are checked below.
			_ = tel.ForceFlush(t.Context())
			s := tel.Stats().Traces
			if s.Ended != spans || s.Queued != 0 || s.Failed != 0 || s.Exported == 0 || s.Exported+s.Dropped != spans {
				t.Errorf("got %+v after a flush of %d", s, spans)
			}
			if test.queue >= spans && s.Dropped != 0 {
				t.Errorf("got %+v, want room for all", s)
			}
			_ = tel.Shutdown(t.Context())
			r.mu.Lock()
			defer r.mu.Unlock()
			if got := uint64(len(r.spans)); got != s.Exported {
				t.Errorf("the receiver has %d spans, want %d", got, s.Exported)
			}
		})
	}
}
