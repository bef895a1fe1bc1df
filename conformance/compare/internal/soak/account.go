package soak

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/watch"
	"github.com/samespan/samespan/core"
)

// processTotals has the sums over all ended processes of a service: the sums of the counts
// that the processes reported, and the sums of the differences between these counts and the
// received spans.
type processTotals struct {
	mu sync.Mutex
	// spans are the counts reported by the processes.
	spans core.SpanStats
	// receivedCount is the number of distinct received spans. receivedUncounted is the number
	// of received spans that the processes have not counted as exported.
	receivedCount, receivedUncounted uint64
	// unaccountedSpans is the number of spans for which the processes' own counts do not
	// add up.
	unaccountedSpans uint64
	processes        int           // number of ended processes
	slowestExit      time.Duration // the longest time from SIGTERM to the end of a process
	errors           []string      // everything that is wrong with the service
}

// addError adds an error.
func (a *processTotals) addError(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.errors = append(a.errors, fmt.Sprintf(format, args...))
}

// addProcess adds the counts of a process that has ended. generation is the number of the
// process, as in processID. exitTime is the time from SIGTERM to the end of the process, and
// arrived is the number of received spans of the process.
func (a *processTotals) addProcess(generation string, exit watch.Exit, exitTime time.Duration, arrived uint64) {
	traces := exit.Stats.Traces
	lost := traces.Failed + traces.Dropped
	switch {
	case exit.Status != 0:
		a.addError("process %s exited with status %d, want 0, even if it lost telemetry; it printed:\n%s", generation, exit.Status, exit.Stderr)
	case lost > 0 && !reportsLoss(exit, traces.Failed, traces.Dropped):
		a.addError("process %s lost %d spans, but reported it neither in its log nor as an error; it printed:\n%s", generation, lost, exit.Stderr)
	case exit.Err != "" && lost == 0 && exit.Stats.Metrics.Failed == 0 && exit.Stats.Logs.Failed+exit.Stats.Logs.Dropped == 0:
		a.addError("process %s lost nothing, but stopped with the error %s", generation, exit.Err)
	}
	for _, other := range []struct {
		what string
		core.SpanStats
	}{
		{"log records", core.SpanStats(exit.Stats.Logs)},
		{"metric points", core.SpanStats(exit.Stats.Metrics.Points)},
	} {
		if other.Ended != other.Exported+other.Failed+other.Dropped {
			a.addError("process %s: the counts of %s do not add up, want ended = exported + failed + dropped: %+v", generation, other.what, other.SpanStats)
		}
	}

	a.mu.Lock()
	defer a.mu.Unlock()
	a.processes++
	a.slowestExit = max(a.slowestExit, exitTime)
	a.spans.Ended += traces.Ended
	a.spans.Exported += traces.Exported
	a.spans.Failed += traces.Failed
	a.spans.Dropped += traces.Dropped
	a.receivedCount += arrived
	before := a.unaccountedSpans
	a.unaccountedSpans += absoluteDifference(traces.Ended, traces.Exported+lost)
	switch {
	case arrived < traces.Exported:
		a.unaccountedSpans += traces.Exported - arrived
	case arrived > traces.Exported+traces.Failed:
		a.unaccountedSpans += arrived - traces.Exported - traces.Failed
	default:
		a.receivedUncounted += arrived - traces.Exported
	}
	if a.unaccountedSpans > before {
		a.errors = append(a.errors, fmt.Sprintf("process %s: %d spans unaccounted for: the process counted %+v, and %d were received",
			generation, a.unaccountedSpans-before, traces, arrived))
	}
}

// reportsLoss reports whether a process has reported the spans that it has lost: it ended
// with an error, or it logged both numbers. If a span ends after the process has logged them,
// its loss is logged by itself.
func reportsLoss(exit watch.Exit, failed, dropped uint64) bool {
	logs := func(dropped uint64) bool {
		return strings.Contains(exit.Stderr, fmt.Sprintf("traces.failed=%d traces.dropped=%d", failed, dropped))
	}
	if exit.Err != "" || logs(dropped) {
		return true
	}
	for _, match := range lateSpans.FindAllStringSubmatch(exit.Stderr, -1) {
		late, err := strconv.ParseUint(match[1], 10, 64)
		if err != nil {
			return false
		}
		dropped -= late
	}
	return logs(dropped)
}

// lateSpans matches the warning about spans that have ended after the shutdown.
var lateSpans = regexp.MustCompile(`it was recorded after the shutdown count=(\d+) signal=traces`)

func absoluteDifference(a, b uint64) uint64 { return max(a, b) - min(a, b) }
