package soak

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/watch"
)

// The allowed growth of goroutines, and of memory in bytes. In addition, memory may grow by
// a quarter.
const (
	// allowedGoroutineGrowth allows for connections between services, which are opened and
	// closed: each connection has two goroutines in the calling service and one in the called
	// service.
	allowedGoroutineGrowth = 20
	allowedHeapGrowth      = 4 << 20
	allowedResidentGrowth  = 16 << 20
)

// settleLimit limits the time until a service has ended its requests and exported
// everything to a working collector.
const settleLimit = 30 * time.Second

// waitUntilExported makes the service flush until it has at most one queued span, and returns
// its report.
func (s *testedService) waitUntilExported(ctx context.Context) (watch.Report, error) {
	c := &client{addr: s.addr}
	defer c.close()
	var r watch.Report
	err := retryWithin(ctx, settleLimit, func() (err error) {
		s.sendTraced(ctx, c, newFlushRequest(s.name))
		if r, err = s.report(ctx); err != nil {
			return err
		}
		// One span may remain in the queue: the span of the flush request itself ends after
		// the flush.
		if r.Stats.Traces.Queued > 1 {
			return fmt.Errorf("%d spans are still queued, although the collector works, want at most 1", r.Stats.Traces.Queued)
		}
		return nil
	})
	return r, err
}

// processGrowth has the first and the last report of the second half of a soak.
type processGrowth struct{ first, last watch.Report }

// describeExcess returns which values have grown too much, or "".
func (g processGrowth) describeExcess() string {
	var problems []error
	if g.last.Goroutines > g.first.Goroutines+allowedGoroutineGrowth {
		problems = append(problems, fmt.Errorf("goroutines grew from %d to %d, want at most %d more", g.first.Goroutines, g.last.Goroutines, allowedGoroutineGrowth))
	}
	for _, memory := range []struct {
		name            string
		from, to, slack uint64
	}{
		{"heap", g.first.Heap, g.last.Heap, allowedHeapGrowth},
		{"resident memory", g.first.Resident, g.last.Resident, allowedResidentGrowth},
	} {
		if limit := memory.from + memory.from/4 + memory.slack; memory.to > limit {
			problems = append(problems, fmt.Errorf("%s grew from %s to %s, want at most %s",
				memory.name, mebibytes(memory.from), mebibytes(memory.to), mebibytes(limit)))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err.Error()
	}
	return ""
}

func mebibytes(n uint64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
