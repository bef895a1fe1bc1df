package core

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Stats counts what became of a service's telemetry since [Setup].
type Stats struct {
	Traces  SpanStats
	Metrics MetricStats
	Logs    LogStats
}

// SpanStats counts sampled spans. Ended is the sum of the others.
type SpanStats struct {
	// Ended are the sampled spans that have ended.
	Ended uint64
	// Exported are those that the exporter has delivered.
	Exported uint64
	// Failed are those whose export was given up.
	Failed uint64
	// Dropped are those that found the queue full, or the service shut down.
	Dropped uint64
	// Queued are those that wait for their export, or are under way.
	Queued uint64
}

// LogStats counts log records. Ended, those that were emitted, is the sum of
// the others.
type LogStats SpanStats

// MetricStats counts exports: one sends every metric of the service.
type MetricStats struct {
	// Exported are the exports that were delivered.
	Exported uint64
	// Failed are those that were given up. The cumulative metrics of a failed
	// export are part of the next one.
	Failed uint64
}

// Stats returns the counts at this moment.
func (t *Telemetry) Stats() Stats {
	logs := t.logs.stats()
	metrics := t.metrics.stats()
	return Stats{
		Traces:  t.traces.stats(),
		Metrics: MetricStats{Exported: metrics.Exported, Failed: metrics.Failed},
		Logs:    LogStats(logs),
	}
}

// counter counts one signal's items and reports those that are lost.
type counter struct {
	// signal is "traces", "metrics" or "logs"; item is what one is called.
	signal string
	item   string
	// collector is where exports go to, for messages; it may be empty.
	collector string
	report    *reporter

	ended    atomic.Uint64
	exported atomic.Uint64
	failed   atomic.Uint64
	dropped  atomic.Uint64

	mu      sync.Mutex
	lastErr error
}

// stats reads what has become of items before it reads how many there were, so
// that no reading shows more outcomes than items.
func (c *counter) stats() SpanStats {
	s := SpanStats{Exported: c.exported.Load(), Failed: c.failed.Load(), Dropped: c.dropped.Load()}
	s.Ended = c.ended.Load()
	if gone := s.Exported + s.Failed + s.Dropped; gone < s.Ended {
		s.Queued = s.Ended - gone
	}
	return s
}

// done counts the outcome of one export of n items.
func (c *counter) done(n uint64, err error) {
	if err == nil {
		c.exported.Add(n)
		return
	}
	if c.collector != "" {
		err = fmt.Errorf("%s: %w", c.collector, err)
	}
	c.mu.Lock()
	c.lastErr = err
	c.mu.Unlock()
	c.failed.Add(n)
	c.report.report(reportKind{message: "core: telemetry could not be exported and is lost", signal: c.signal}, n, err)
}

// drop counts n items that never reach the exporter.
func (c *counter) drop(n uint64, why string) {
	if n == 0 {
		return
	}
	c.dropped.Add(n)
	c.report.report(reportKind{message: "core: telemetry was dropped: " + why, signal: c.signal}, n, nil)
}

// lossSince returns an error that counts what was lost since before, nil when
// nothing was.
func (c *counter) lossSince(before SpanStats) error {
	now := c.stats()
	failed, dropped := now.Failed-before.Failed, now.Dropped-before.Dropped
	if failed+dropped == 0 {
		return nil
	}
	detail := ""
	if total := now.Failed + now.Dropped; total > failed+dropped {
		detail = fmt.Sprintf(", %d since the start", total)
	}
	c.mu.Lock()
	err := c.lastErr
	c.mu.Unlock()
	if failed == 0 || err == nil {
		return fmt.Errorf("%s: %s lost (%d failed, %d dropped%s)", c.signal, amount(failed+dropped, c.item), failed, dropped, detail)
	}
	return fmt.Errorf("%s: %s lost (%d failed, %d dropped%s): %w", c.signal, amount(failed+dropped, c.item), failed, dropped, detail, err)
}

// amount returns n things.
func amount(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
