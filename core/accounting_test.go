package core

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/samespan/samespan/internal/logtest"
)

// findInconsistency compares two successive readings of the counters. It returns a
// description of the first inconsistency, or "".
func findInconsistency(before, now SpanStats) string {
	switch {
	case now.Ended != now.Exported+now.Failed+now.Dropped+now.Queued:
		return "the sum is not what has ended"
	case now.Queued > now.Ended:
		return "more outcomes than items"
	case now.Ended < before.Ended || now.Exported < before.Exported || now.Failed < before.Failed || now.Dropped < before.Dropped:
		return "a count fell"
	}
	return ""
}

// loadGenerator ends spans and emits log records from several goroutines until its
// context ends. Meanwhile it checks every reading of Stats.
type loadGenerator struct {
	spans, records atomic.Uint64      // how many were ended or emitted
	readings       atomic.Uint64      // how often Stats was read
	workers        sync.WaitGroup     // the goroutines
	stop           context.CancelFunc // ends the context of the goroutines
}

// loadWorkers is the number of goroutines of a loadGenerator.
const loadWorkers = 4

// startLoad starts a loadGenerator, which ends with the test at the latest.
func startLoad(t *testing.T, tel *Telemetry) *loadGenerator {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &loadGenerator{stop: cancel}
	t.Cleanup(l.end)
	tracer, meter := tel.TracerProvider().Tracer("test"), tel.MeterProvider().Meter("test")
	counter, err := meter.Int64Counter("things")
	if err != nil {
		t.Fatal(err)
	}
	for range loadWorkers {
		l.workers.Go(func() {
			for ctx.Err() == nil {
				_, span := tracer.Start(ctx, "span")
				span.End()
				l.spans.Add(1)
				emitRecords(t, tel, 1)
				l.records.Add(1)
				counter.Add(ctx, 1)
				runtime.Gosched()
			}
		})
	}
	l.workers.Go(func() {
		var before Stats
		for ctx.Err() == nil {
			now := tel.Stats()
			for signal, inconsistency := range map[string]string{
				"traces": findInconsistency(before.Traces, now.Traces),
				"logs":   findInconsistency(SpanStats(before.Logs), SpanStats(now.Logs)),
				"points": findInconsistency(SpanStats(before.Metrics.Points), SpanStats(now.Metrics.Points)),
			} {
				if inconsistency != "" {
					t.Errorf("%s: %s: got %+v after %+v", signal, inconsistency, now, before)
					return
				}
			}
			if waiting := tel.providers.Traces.Queue.Waiting.Load(); waiting > tel.providers.Traces.Queue.Limit+loadWorkers {
				t.Errorf("got %d spans waiting, want %d at most", waiting, tel.providers.Traces.Queue.Limit)
				return
			}
			before = now
			l.readings.Add(1)
		}
	})
	return l
}

// end stops the workers and waits for them.
func (l *loadGenerator) end() {
	l.stop()
	l.workers.Wait()
}

// TestStatsAddUpInEveryReading proves that in every reading of Stats, the number of
// ended items is the sum of the other counts: under load, with faults and during a
// shutdown. At the end, Ended is the number of items that the test has ended, and
// Exported is the number of items that the receiver has.
func TestStatsAddUpInEveryReading(t *testing.T) {
	exhausted := status.Error(codes.ResourceExhausted, "slow down")
	for _, test := range []struct {
		name string
		// answer returns the answer to the nth export of a signal. If answer is
		// nil, there is no receiver.
		answer  func(n uint64) answer
		address func(*testing.T) string
	}{
		{name: "good", answer: func(uint64) answer { return answer{} }},
		{name: "refuses every second", answer: func(n uint64) answer {
			if n%2 == 1 {
				return answer{err: exhausted}
			}
			return answer{}
		}},
		{name: "rejects one of each", answer: func(uint64) answer { return answer{rejected: 1, message: "quota"} }},
		{name: "all of it", answer: func(n uint64) answer {
			return []answer{{}, {rejected: 1}, {err: exhausted}, {message: "clock is off"}}[n%4]
		}},
		{name: "refused", address: refusedAddress},
		{name: "black hole", address: blackHoleAddress},
	} {
		t.Run(test.name, func(t *testing.T) {
			var r *receiver
			var address string
			if test.answer != nil {
				r = newReceiver(t, nil)
				var exportCounts sync.Map
				r.setAnswer(func(signal string) answer {
					n, _ := exportCounts.LoadOrStore(signal, new(atomic.Uint64))
					return test.answer(n.(*atomic.Uint64).Add(1))
				})
				address = r.address
			} else {
				address = test.address(t)
			}
			logger, _ := logtest.New()
			tel := setup(t, []string{
				"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + address,
				"OTEL_BSP_SCHEDULE_DELAY", "5", "OTEL_BLRP_SCHEDULE_DELAY", "5", "OTEL_METRIC_EXPORT_INTERVAL", "20",
				"OTEL_BSP_EXPORT_TIMEOUT", "2000", "OTEL_BLRP_EXPORT_TIMEOUT", "2000", "OTEL_METRIC_EXPORT_TIMEOUT", "2000",
			}, WithMaxQueueSize(64), WithMaxExportBatchSize(16), WithLogger(logger), WithShutdownTimeout(3*time.Second))
			l := startLoad(t, tel)
			eventually(t, "a thousand spans have ended and exports have too", func() bool {
				s := tel.Stats()
				return s.Traces.Ended > 1000 && l.readings.Load() > 100 && (r == nil || s.Traces.Exported > 100 && s.Logs.Exported > 100)
			})
			err := tel.Shutdown(t.Context())
			l.end()

			s := tel.Stats()
			if s.Traces.Ended != l.spans.Load() || s.Logs.Ended != l.records.Load() {
				t.Errorf("got %+v, want %d spans and %d records ended", s, l.spans.Load(), l.records.Load())
			}
			if s.Traces.Queued != 0 || s.Logs.Queued != 0 || s.Metrics.Points.Queued != 0 {
				t.Errorf("got %+v, want nothing queued after the shutdown", s)
			}
			if s.Traces.Failed+s.Traces.Dropped > 0 && err == nil && test.name != "good" {
				t.Errorf("got no error for %+v", s)
			}
			if r == nil {
				if s.Traces.Exported != 0 || s.Logs.Exported != 0 || s.Metrics.Exported != 0 || s.Metrics.Points.Failed == 0 {
					t.Errorf("got %+v, want nothing exported", s)
				}
				return
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			if got := uint64(len(r.spans)); got != s.Traces.Exported {
				t.Errorf("the receiver has %d spans, want %d", got, s.Traces.Exported)
			}
			if got := uint64(len(r.records)); got != s.Logs.Exported {
				t.Errorf("the receiver has %d records, want %d", got, s.Logs.Exported)
			}
		})
	}
}

// TestMemoryIsBoundedIfCollectorNeverAnswers proves that memory stays bounded if
// the collector never answers, however many spans and records end.
func TestMemoryIsBoundedIfCollectorNeverAnswers(t *testing.T) {
	logger, _ := logtest.New()
	const queue, batch, rounds = 256, 64, 20
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + blackHoleAddress(t), "OTEL_METRICS_EXPORTER", "none"},
		WithMaxQueueSize(queue), WithMaxExportBatchSize(batch), WithLogger(logger), WithShutdownTimeout(300*time.Millisecond))
	objects := func() uint64 {
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		return memory.HeapObjects
	}
	var before uint64
	for round := range rounds {
		endSpans(t, tel, 1000)
		emitRecords(t, tel, 1000)
		s := tel.Stats()
		for signal, s := range map[string]SpanStats{"traces": s.Traces, "logs": SpanStats(s.Logs)} {
			if want := uint64(1000 * (round + 1)); s.Ended != want || s.Queued > queue+batch || s.Dropped+s.Queued+s.Failed != want {
				t.Fatalf("%s: got %+v in round %d, want at most %d queued of %d", signal, s, round, queue+batch, want)
			}
		}
		if round == 0 {
			before = objects()
		}
	}
	// A span consists of about ten objects. 19,000 spans and as many records would
	// add more than a hundred times the 2,000 objects that are allowed here.
	if after := objects(); after > before+2000 {
		t.Errorf("got %d objects on the heap, %d after the first round: it grows", after, before)
	}
}
