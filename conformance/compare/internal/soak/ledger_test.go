package soak

import (
	"encoding/hex"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/conformance/otlptest"
)

// newReceivedSpan returns a span of service a. parent is a span id, and link a trace id;
// "" means none.
func newReceivedSpan(t *testing.T, kind tracepb.Span_SpanKind, name, trace, id, parent, link string) otlptest.Span {
	t.Helper()
	bytes := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	proto := &tracepb.Span{Name: name, Kind: kind, TraceId: bytes(trace), SpanId: bytes(id), ParentSpanId: bytes(parent)}
	if link != "" {
		proto.Links = []*tracepb.Span_Link{{TraceId: bytes(link)}}
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

// allDue returns the argument of endTrace with which all n spans are due.
func allDue(n int) []bool {
	due := make([]bool, n)
	for i := range due {
		due[i] = true
	}
	return due
}

// TestLedgerDetectsEveryError proves that the ledger detects every kind of error.
func TestLedgerDetectsEveryError(t *testing.T) {
	type ids struct{ trace, caller string }
	idsOf := func(tr *requestTrace) ids { return ids{tr.id, tr.clientSpanID} }
	for _, test := range []struct {
		name  string
		wants []wantedSpan
		due   func(n int) []bool // nil if the request had no response
		spans func(ids) []otlptest.Span
		want  spanCounts
		twice int
	}{
		{
			name: "whole", wants: processRequest("a").wantedSpans, due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, internalKind, "process_item_logic", r.trace, "0c", "05", ""),
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.caller, ""),
				}
			},
			want: spanCounts{due: 2},
		},
		{
			name: "child lost", wants: processRequest("a").wantedSpans, due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.caller, "")}
			},
			want: spanCounts{due: 2, missing: 1},
		},
		{
			name: "not answered, and not done", wants: processRequest("a").wantedSpans,
			spans: func(ids) []otlptest.Span { return nil },
			want:  spanCounts{possible: 2},
		},
		{
			name: "not answered, but done", wants: processRequest("a").wantedSpans,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.caller, "")}
			},
			want: spanCounts{possible: 2},
		},
		{
			name: "a second server span", wants: processRequest("a").wantedSpans[:1], due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.caller, ""),
					newReceivedSpan(t, serverKind, "GET", r.trace, "06", r.caller, ""),
				}
			},
			want: spanCounts{due: 1, unexpected: 1},
		},
		{
			name: "under an excluded request", due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, internalKind, "excluded_logic", r.trace, "05", r.caller, "")}
			},
			want: spanCounts{unexpected: 1},
		},
		{
			name: "in no known trace", wants: processRequest("a").wantedSpans[:1],
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, serverKind, "GET", "0badc0de", "05", r.caller, "")}
			},
			want: spanCounts{possible: 1, unexpected: 1},
		},
		{
			name: "of another service", wants: processRequest("b").wantedSpans[:1],
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.caller, "")}
			},
			want: spanCounts{unexpected: 1},
		},
		{
			name: "server span with a wrong parent", wants: processRequest("a").wantedSpans[:1], due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{newReceivedSpan(t, serverKind, "GET", r.trace, "05", "0bad", "")}
			},
			want: spanCounts{due: 1, wrongParents: 1},
		},
		{
			name: "child that is the client's", wants: processRequest("a").wantedSpans, due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, internalKind, "process_item_logic", r.trace, "0c", r.caller, ""),
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.caller, ""),
				}
			},
			want: spanCounts{due: 2, wrongParents: 1},
		},
		{
			name: "wrong parent in what is not complete", wants: relayRequest("a", "b", "").wantedSpans, due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, serverKind, "POST", r.trace, "05", r.caller, ""),
					newReceivedSpan(t, clientKind, "HTTP POST", r.trace, "0c", r.caller, ""),
				}
			},
			want: spanCounts{due: 2, wrongParents: 1},
		},
		{
			name: "sent twice", wants: processRequest("a").wantedSpans[:1], due: allDue,
			spans: func(r ids) []otlptest.Span {
				s := newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.caller, "")
				return []otlptest.Span{s, s}
			},
			want: spanCounts{due: 1}, twice: 1,
		},
		{
			name: "background work before its task", wants: backgroundSpans("a"), due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, internalKind, backgroundWork, "77", "0e", "0d", ""),
					newReceivedSpan(t, internalKind, backgroundTask, "77", "0d", "", r.trace),
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.caller, ""),
				}
			},
			want: spanCounts{due: 3},
		},
		{
			name: "background task below its request", wants: backgroundSpans("a"), due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, internalKind, backgroundTask, "77", "0d", "05", r.trace),
					newReceivedSpan(t, internalKind, backgroundWork, "77", "0e", "0d", ""),
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.caller, ""),
				}
			},
			want: spanCounts{due: 3, wrongParents: 1},
		},
		{
			name: "background work whose task is lost", wants: backgroundSpans("a"), due: allDue,
			spans: func(r ids) []otlptest.Span {
				return []otlptest.Span{
					newReceivedSpan(t, internalKind, backgroundWork, "77", "0e", "0d", ""),
					newReceivedSpan(t, serverKind, "GET", r.trace, "05", r.caller, ""),
				}
			},
			want: spanCounts{due: 3, missing: 1},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLedger()
			// Another request of the same kind, without due spans. Unexpected spans
			// must not be assigned to it.
			decoy := newTrace(backgroundSpans("a")...)
			l.beginTrace(decoy)
			l.endTrace(decoy, nil)
			tr := newTrace(test.wants...)
			l.beginTrace(tr)
			var due []bool
			if test.due != nil {
				due = test.due(len(tr.wantedSpans))
			}
			l.endTrace(tr, due)
			l.addReceivedSpans(test.spans(idsOf(tr)))
			counted, twice := l.close()
			got := *counted["a"]
			got.possible -= len(decoy.wantedSpans)
			got.unexpectedSpans = nil
			if got.due != test.want.due || got.possible != test.want.possible || got.missing != test.want.missing ||
				got.unexpected != test.want.unexpected || got.wrongParents != test.want.wrongParents {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if twice["a"] != test.twice {
				t.Errorf("got %d duplicates, want %d", twice["a"], test.twice)
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
	l.beginTrace(tr)
	l.addReceivedSpans([]otlptest.Span{
		newReceivedSpan(t, internalKind, backgroundWork, "77", "0e", "0d", ""),
		newReceivedSpan(t, serverKind, "GET", tr.id, "05", tr.clientSpanID, ""),
		newReceivedSpan(t, internalKind, backgroundTask, "77", "0d", "", tr.id),
	})
	l.endTrace(tr, allDue(3))
	if got := l.countReceived("a", "1"); got != 3 {
		t.Errorf("got %d spans from the process, want 3", got)
	}
	l.forgetProcess("a", "1")
	if n := len(l.traces) + len(l.tasks) + len(l.earlySpans) + len(l.receivedIDs); n != 0 {
		t.Errorf("the ledger keeps %d entries, want none", n)
	}
}
