package soak

import (
	"encoding/hex"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/conformance/otlptest"
)

// newReceivedSpan returns a span of the first process of the service "a". The ids are in
// hexadecimal. If parentID is "", the span is a root span. If linkedTraceID is not "", it
// has a link.
func newReceivedSpan(t *testing.T, kind tracepb.Span_SpanKind, name, traceID, id, parentID, linkedTraceID string) otlptest.Span {
	t.Helper()
	bytes := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	proto := &tracepb.Span{Name: name, Kind: kind, TraceId: bytes(traceID), SpanId: bytes(id), ParentSpanId: bytes(parentID)}
	if linkedTraceID != "" {
		proto.Links = []*tracepb.Span_Link{{TraceId: bytes(linkedTraceID)}}
	}
	return otlptest.Span{
		Proto:  proto,
		Origin: otlptest.Origin{Resource: otlptest.Attributes{"service.name": "a", generationKey: "1"}},
	}
}

const (
	internalKind = tracepb.Span_SPAN_KIND_INTERNAL
	serverKind   = tracepb.Span_SPAN_KIND_SERVER
	clientKind   = tracepb.Span_SPAN_KIND_CLIENT
)

// allDue returns the argument of setDueSpans with which all n spans are due.
func allDue(n int) []bool {
	due := make([]bool, n)
	for i := range due {
		due[i] = true
	}
	return due
}

// TestLedgerDetectsEveryError proves that the ledger detects every kind of error.
func TestLedgerDetectsEveryError(t *testing.T) {
	type ids struct{ trace, client string } // trace id, and span id of the client
	idsOf := func(tr *requestTrace) ids { return ids{tr.id, tr.clientSpanID} }
	for _, test := range []struct {
		name           string
		wantedSpans    []wantedSpan
		due            func(n int) []bool        // nil if the request had no response
		spans          func(ids) []otlptest.Span // received
		want           spanCounts
		wantDuplicates int
	}{
		{
			name: "complete", wantedSpans: newProcessRequest("a").wantedSpans, due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, internalKind, "process_item_logic", r.trace, "0c", "05", ""),
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.client, ""),
				}
			},
			want: spanCounts{due: 2},
		},
		{
			name: "child lost", wantedSpans: newProcessRequest("a").wantedSpans, due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.client, "")}
			},
			want: spanCounts{due: 2, missing: 1},
		},
		{
			name: "no response and no spans", wantedSpans: newProcessRequest("a").wantedSpans,
			spans: func(ids) []otlptest.Span { return nil },
			want:  spanCounts{possible: 2},
		},
		{
			name: "no response, but a span", wantedSpans: newProcessRequest("a").wantedSpans,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.client, "")}
			},
			want: spanCounts{possible: 2},
		},
		{
			name: "a second server span", wantedSpans: newProcessRequest("a").wantedSpans[:1], due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.client, ""),
					newReceivedSpan(t, serverKind, "GET", r.trace, "06", r.client, ""),
				}
			},
			want: spanCounts{due: 1, unexpected: 1},
		},
		{
			name: "span of an excluded request", due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, internalKind, "excluded_logic", r.trace, "05", r.client, "")}
			},
			want: spanCounts{unexpected: 1},
		},
		{
			name: "span of an unknown trace", wantedSpans: newProcessRequest("a").wantedSpans[:1],
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, serverKind, "GET", "0badc0de", "05", r.client, "")}
			},
			want: spanCounts{possible: 1, unexpected: 1},
		},
		{
			name: "span of another service", wantedSpans: newProcessRequest("b").wantedSpans[:1],
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.client, "")}
			},
			want: spanCounts{unexpected: 1},
		},
		{
			name: "server span with a wrong parent", wantedSpans: newProcessRequest("a").wantedSpans[:1], due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, serverKind, "GET", r.trace, "05", "0bad", "")}
			},
			want: spanCounts{due: 1, wrongParents: 1},
		},
		{
			name: "child of the client's span", wantedSpans: newProcessRequest("a").wantedSpans, due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, internalKind, "process_item_logic", r.trace, "0c", r.client, ""),
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.client, ""),
				}
			},
			want: spanCounts{due: 2, wrongParents: 1},
		},
		{
			name: "wrong parent in an incomplete trace", wantedSpans: newRelayRequest("a", "b", "").wantedSpans, due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, serverKind, "POST", r.trace, "05", r.client, ""),
					newReceivedSpan(t, clientKind, "HTTP POST", r.trace, "0c", r.client, ""),
				}
			},
			want: spanCounts{due: 2, wrongParents: 1},
		},
		{
			name: "span received twice", wantedSpans: newProcessRequest("a").wantedSpans[:1], due: allDue,
			spans: func(r ids) []otlptest.Span {
				s := newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.client, "")
				return []otlptest.Span{s, s}
			},
			want: spanCounts{due: 1}, wantDuplicates: 1,
		},
		{
			name: "background work received before its task", wantedSpans: backgroundSpans("a"), due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, internalKind, backgroundWork, "77", "0e", "0d", ""),
					newReceivedSpan(t, internalKind, backgroundTask, "77", "0d", "", r.trace),
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.client, ""),
				}
			},
			want: spanCounts{due: 3},
		},
		{
			name: "background task below its request", wantedSpans: backgroundSpans("a"), due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, internalKind, backgroundTask, "77", "0d", "05", r.trace),
					newReceivedSpan(t, internalKind, backgroundWork, "77", "0e", "0d", ""),
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.client, ""),
				}
			},
			want: spanCounts{due: 3, wrongParents: 1},
		},
		{
			name: "background work whose task is lost", wantedSpans: backgroundSpans("a"), due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, internalKind, backgroundWork, "77", "0e", "0d", ""),
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.client, ""),
				}
			},
			want: spanCounts{due: 3, missing: 1},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLedger()
			// decoy is another request, whose spans are not due. The spans of the test must
			// not be assigned to it.
			decoy := newTrace(backgroundSpans("a")...)
			l.addTrace(decoy)
			l.setDueSpans(decoy, nil)
			tr := newTrace(test.wantedSpans...)
			l.addTrace(tr)
			var due []bool
			if test.due != nil {
				due = test.due(len(tr.wantedSpans))
			}
			l.setDueSpans(tr, due)
			l.addReceivedSpans(test.spans(idsOf(tr)))
			counts, duplicates := l.close()
			got := *counts["a"]
			got.possible -= len(decoy.wantedSpans)
			got.unexpectedExamples = nil
			if got.due != test.want.due || got.possible != test.want.possible || got.missing != test.want.missing ||
				got.unexpected != test.want.unexpected || got.wrongParents != test.want.wrongParents {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if duplicates["a"] != test.wantDuplicates {
				t.Errorf("got %d duplicates, want %d", duplicates["a"], test.wantDuplicates)
			}
			if len(l.tasks)+len(l.earlySpans) > 1 || len(l.traces) > 0 {
				t.Errorf("the ledger keeps %d tasks, %d early spans, %d traces", len(l.tasks), len(l.earlySpans), len(l.traces))
			}
		})
	}
}

// TestLedgerForgetsCompleteTraces checks that the ledger forgets complete traces, so that
// a long soak does not fill the memory.
func TestLedgerForgetsCompleteTraces(t *testing.T) {
	l := newLedger()
	tr := newTrace(backgroundSpans("a")...)
	l.addTrace(tr)
	l.addReceivedSpans([]otlptest.Span{
		newReceivedSpan(t, internalKind, backgroundWork, "77", "0e", "0d", ""),
		newReceivedSpan(t, serverKind, "GET", tr.id, "05", tr.clientSpanID, ""),
		newReceivedSpan(t, internalKind, backgroundTask, "77", "0d", "", tr.id),
	})
	l.setDueSpans(tr, allDue(3))
	if got := l.countReceived("a", "1"); got != 3 {
		t.Errorf("got %d spans from the process, want 3", got)
	}
	l.forgetProcess("a", "1")
	if n := len(l.traces) + len(l.tasks) + len(l.earlySpans) + len(l.receivedIDs); n != 0 {
		t.Errorf("the ledger keeps %d entries, want none", n)
	}
}
