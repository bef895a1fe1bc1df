package soak

import (
	"sync"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// TestRestartsLoseNoSpans checks that restarts by SIGTERM under full load lose no spans. Each
// request with a response must have exactly the wanted spans, with the right parents.
func TestRestartsLoseNoSpans(t *testing.T) {
	const (
		requests = 10_000
		restarts = 4
		senders  = 16
	)
	for _, each := range subject.Chain {
		t.Run(each.Name, func(t *testing.T) {
			// Overflow is not the subject of this test: the queue is so large that it does
			// not overflow on a busy machine.
			s := startService(t, each.Name, "OTEL_BSP_MAX_QUEUE_SIZE=100000", "OTEL_BSP_SCHEDULE_DELAY=100", "OTEL_METRIC_EXPORT_INTERVAL=1000")
			began := time.Now()
			restartDue := make(chan struct{}, restarts)
			var mu sync.Mutex                                // guards restartAfter
			restartAfter := int64(requests / (restarts + 1)) // number of responses before the next restart
			var restarting sync.WaitGroup
			restarting.Go(func() {
				for range restartDue {
					if err := s.stop(); err != nil {
						t.Error(err)
					}
					if err := s.start(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			})
			s.sendFullLoad(t.Context(), senders, requests, func() testRequest { return newProcessRequest(s.name) }, func(answered int64) {
				mu.Lock()
				defer mu.Unlock()
				if answered >= restartAfter && restartAfter < requests-1 {
					restartAfter += requests / (restarts + 1)
					restartDue <- struct{}{}
				}
			})
			close(restartDue)
			restarting.Wait()
			if err := s.stop(); err != nil {
				t.Fatal(err)
			}
			a := finalAccount(s)
			for _, complaint := range a.Complaints {
				t.Error(complaint)
			}
			if a.Answered < requests || a.Processes != restarts+1 {
				t.Errorf("got %d requests answered by %d processes, want %d by %d", a.Answered, a.Processes, requests, restarts+1)
			}
			if a.Due != 2*int(a.Answered) || a.Missing != 0 || a.Spans.Failed+a.Spans.Dropped != 0 {
				t.Errorf("got %d spans due, %d of them missing, %d failed and %d dropped, want all of 2 for each of %d answers",
					a.Due, a.Missing, a.Spans.Failed, a.Spans.Dropped, a.Answered)
			}
			t.Logf("%d requests sent, %d answered by %d processes in %v; slowest exit %v", a.Requests, a.Answered, a.Processes,
				time.Since(began).Round(time.Millisecond), a.SlowestExit.Round(time.Millisecond))
		})
	}
}
