package soak

import (
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/watch"
	"github.com/samespan/samespan/core"
)

// TestAccountReportsEveryDifference proves that the account of a service reports every
// difference between the counts of a process, the ledger's counts and the received spans.
func TestAccountReportsEveryDifference(t *testing.T) {
	exported := core.SpanStats{Ended: 10, Exported: 10}
	for _, test := range []struct {
		name        string
		spans       core.SpanStats  // as the process reports them
		points      core.PointStats // as the process reports them
		arrived     uint64          // number of received spans
		counts      spanCounts      // the ledger's counts
		status      int             // exit status
		err, stderr string          // the error and the log of the process
		unaccounted uint64          // the wanted number of unaccounted spans
		complaint   string          // part of the wanted complaint, or "" for none
	}{
		{name: "all well", spans: exported, arrived: 10, counts: spanCounts{due: 10}},
		{
			name: "lost spans counted as lost", spans: core.SpanStats{Ended: 10, Exported: 4, Failed: 4, Dropped: 2}, arrived: 4,
			counts: spanCounts{due: 10, missing: 6}, err: "6 spans lost",
		},
		{
			name: "failed spans arrived", spans: core.SpanStats{Ended: 10, Exported: 4, Failed: 6}, arrived: 8,
			counts: spanCounts{due: 10, missing: 2}, err: "6 spans lost",
		},
		{
			name: "possible spans ended", spans: exported, arrived: 10, counts: spanCounts{due: 8, possible: 4},
		},
		{
			name: "ended spans neither exported nor lost", spans: core.SpanStats{Ended: 10, Exported: 7}, arrived: 7,
			counts: spanCounts{due: 10, missing: 3}, unaccounted: 3 + 3, complaint: "3 spans unaccounted",
		},
		{
			name: "exported spans not arrived", spans: exported, arrived: 9,
			counts: spanCounts{due: 10, missing: 1}, unaccounted: 1 + 1, complaint: "1 spans unaccounted",
		},
		{
			name: "more spans arrived than sent", spans: exported, arrived: 11, counts: spanCounts{due: 10}, unaccounted: 1, complaint: "1 spans unaccounted",
		},
		{
			name: "due spans never ended", spans: core.SpanStats{Ended: 9, Exported: 9}, arrived: 9,
			counts: spanCounts{due: 10, missing: 1}, unaccounted: 1 + 1, complaint: "fewer than the 10 that were due",
		},
		{
			name: "more spans ended than possible", spans: exported, arrived: 10, counts: spanCounts{due: 8, possible: 1}, unaccounted: 1, complaint: "more than the 8 that were due",
		},
		{name: "unexpected spans", spans: exported, arrived: 10, counts: spanCounts{due: 10, unexpected: 2}, unaccounted: 2, complaint: "unexpected spans received"},
		{
			name: "points of metrics not counted", spans: exported, arrived: 10, counts: spanCounts{due: 10},
			points: core.PointStats{Ended: 3, Exported: 2}, complaint: "metric points do not add up",
		},
		{name: "wrong parent", spans: exported, arrived: 10, counts: spanCounts{due: 10, wrongParents: 1}, complaint: "wrong parent"},
		{name: "exit status", spans: exported, arrived: 10, counts: spanCounts{due: 10}, status: 2, err: "x", complaint: "status 2"},
		{name: "error without a loss", spans: exported, arrived: 10, counts: spanCounts{due: 10}, err: "x", complaint: "lost nothing"},
		{
			name: "loss without a report", spans: core.SpanStats{Ended: 10, Exported: 4, Failed: 6}, arrived: 4,
			counts: spanCounts{due: 10, missing: 6}, complaint: "neither in its log nor as an error",
		},
		{
			name: "loss in the log", spans: core.SpanStats{Ended: 10, Exported: 4, Failed: 6}, arrived: 4,
			counts: spanCounts{due: 10, missing: 6}, stderr: "lost traces.failed=6 traces.dropped=0",
		},
		{
			name: "loss in the log, and a span that ended later", spans: core.SpanStats{Ended: 10, Exported: 4, Failed: 4, Dropped: 2}, arrived: 4,
			counts: spanCounts{due: 10, missing: 6},
			stderr: "lost traces.failed=4 traces.dropped=1\ndropped: it was recorded after the shutdown count=1 signal=traces",
		},
		{
			name: "wrong number of later spans", spans: core.SpanStats{Ended: 10, Exported: 4, Failed: 4, Dropped: 2}, arrived: 4,
			counts:    spanCounts{due: 10, missing: 6},
			stderr:    "lost traces.failed=4 traces.dropped=0\ndropped: it was recorded after the shutdown count=1 signal=traces",
			complaint: "neither in its log nor as an error",
		},
		{
			name: "loss in the log, but a wrong number", spans: core.SpanStats{Ended: 10, Exported: 4, Failed: 6}, arrived: 4,
			counts: spanCounts{due: 10, missing: 6}, stderr: "lost traces.failed=5 traces.dropped=0", complaint: "neither in its log nor as an error",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &testedService{name: "a"}
			exit := watch.Exit{Status: test.status, Stderr: test.stderr, Report: watch.Report{Ended: true, Err: test.err, Stats: core.Stats{
				Traces: test.spans, Metrics: core.MetricStats{Points: test.points},
			}}}
			s.totals.addProcess("1", exit, time.Second, test.arrived)
			service := s.account(&test.counts, 0)
			if service.Unaccounted != test.unaccounted {
				t.Errorf("got %d spans unaccounted for, want %d", service.Unaccounted, test.unaccounted)
			}
			all := strings.Join(service.Complaints, "\n")
			if (all == "") != (test.complaint == "") || !strings.Contains(all, test.complaint) {
				t.Errorf("got complaints %q, want %q", all, test.complaint)
			}
			result := &Result{Services: []Service{service}}
			if result.OK() != (test.complaint == "") {
				t.Errorf("got OK() = %v with complaints %q", result.OK(), all)
			}
			var text strings.Builder
			if _, err := result.WriteTo(&text); err != nil || !strings.Contains(text.String(), test.complaint) {
				t.Errorf("got %v and\n%s\nwant it to say %q", err, &text, test.complaint)
			}
		})
	}
}

func TestGrowthAboveLimitIsReported(t *testing.T) {
	const mebibyte = 1 << 20
	from := watch.Report{Goroutines: 40, Heap: 4 * mebibyte, Resident: 40 * mebibyte}
	for _, test := range []struct {
		name string
		to   watch.Report
		want string
	}{
		{"no growth", from, ""},
		{"as much as is allowed", watch.Report{Goroutines: 60, Heap: 9 * mebibyte, Resident: 66 * mebibyte}, ""},
		{"goroutines", watch.Report{Goroutines: 61}, "goroutines grew from 40 to 61"},
		{"heap", watch.Report{Heap: 10 * mebibyte}, "heap grew from 4.0 MiB to 10.0 MiB"},
		{"resident", watch.Report{Resident: 67 * mebibyte}, "resident memory grew from 40.0 MiB to 67.0 MiB"},
	} {
		if got := (processGrowth{from, test.to}).describeExcess(); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
