package soak

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/samespan/samespan/conformance/otlptest"
)

// Values of wantedSpan.parent that are not an index.
const (
	clientParent = -1 // the parent is the client's span
	noParent     = -2 // the span is a root span
)

// wantedSpan is a span that a request must record.
type wantedSpan struct {
	service string
	kind    otlptest.Kind
	name    string // "" matches any name
	// parent is the index of another wanted span, clientParent or noParent.
	parent int
}

// serverSpan returns the server span of a request to service.
func serverSpan(service string) wantedSpan {
	return wantedSpan{service: service, kind: otlptest.KindServer, parent: clientParent}
}

// childSpan returns a child of the first wanted span.
func childSpan(service, name string) wantedSpan {
	return wantedSpan{service: service, kind: otlptest.KindInternal, name: name}
}

// requestTrace is the trace of one request: its wanted and its received spans.
type requestTrace struct {
	id            string // the trace id, in lower-case hexadecimal
	clientSpanID  string // the span id that the client sends as the parent
	wantedSpans   []wantedSpan
	isDue         []bool         // whether each wanted span must have ended
	receivedSpans []receivedSpan // for each wanted span; zero if not received
	isDueKnown    bool           // set when isDue is complete
	taskTraceID   string         // the trace id of the background task, once known
}

// receivedSpan has the ids of a received span and of its parent.
type receivedSpan struct{ id, parentID string }

// newTrace returns a trace with random ids and the wanted spans.
func newTrace(wants ...wantedSpan) *requestTrace {
	return &requestTrace{
		id: randomHex(16), clientSpanID: randomHex(8),
		wantedSpans: wants, isDue: make([]bool, len(wants)), receivedSpans: make([]receivedSpan, len(wants)),
	}
}

// traceparent returns the value of the header Traceparent that the client sends.
func (t *requestTrace) traceparent() string { return "00-" + t.id + "-" + t.clientSpanID + "-01" }

// randomHex returns a number of random bytes in hexadecimal.
func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// matchSpan assigns a span to a wanted span. It returns false if none matches.
func (t *requestTrace) matchSpan(s otlptest.Span) bool {
	for i, w := range t.wantedSpans {
		if t.receivedSpans[i].id == "" && w.service == s.Service() && w.kind == s.Kind() && (w.name == "" || w.name == s.Name()) {
			t.receivedSpans[i] = receivedSpan{s.SpanID(), s.ParentID()}
			return true
		}
	}
	return false
}

// isComplete reports whether all wanted spans have arrived and it is known which are due.
func (t *requestTrace) isComplete() bool {
	for _, got := range t.receivedSpans {
		if got.id == "" {
			return false
		}
	}
	return t.isDueKnown
}

// countWrongParents calls count, with the service of the span, for each received span with
// a wrong parent. It does not check a span whose wanted parent was not received.
func (t *requestTrace) countWrongParents(count func(service string)) {
	for i, w := range t.wantedSpans {
		if t.receivedSpans[i].id == "" {
			continue
		}
		var parent string
		switch w.parent {
		case clientParent:
			parent = t.clientSpanID
		case noParent:
		default:
			if parent = t.receivedSpans[w.parent].id; parent == "" {
				continue
			}
		}
		if t.receivedSpans[i].parentID != parent {
			count(w.service)
		}
	}
}
