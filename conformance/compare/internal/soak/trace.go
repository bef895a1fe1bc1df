package soak

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/samespan/samespan/conformance/otlptest"
)

// Parents of a wanted span other than another wanted span.
const (
	fromClient = -1 // the client's span
	noParent   = -2 // none, it is a root
)

// wantedSpan is a span that a request must record.
type wantedSpan struct {
	service string
	kind    otlptest.Kind
	name    string // "" for any
	// parent is the index of another wanted span, fromClient or noParent.
	parent int
}

// serverSpan is the server span of a request to service.
func serverSpan(service string) wantedSpan {
	return wantedSpan{service: service, kind: otlptest.KindServer, parent: fromClient}
}

// childSpan is a span of the service below the first wanted span.
func childSpan(service, name string) wantedSpan {
	return wantedSpan{service: service, kind: otlptest.KindInternal, name: name}
}

// requestTrace is one request, with what was received of it.
type requestTrace struct {
	id            string // of the trace, in lower-case hexadecimal
	caller        string // the client's span
	wantedSpans   []wantedSpan
	due           []bool
	receivedSpans []receivedSpan // the zero value if nothing was received
	ended         bool           // whether the due spans are known
	taskTraceID   string         // the trace id of its background task, once known
}

// receivedSpan is what is stored of a received span.
type receivedSpan struct{ id, parent string }

func newTrace(wants ...wantedSpan) *requestTrace {
	return &requestTrace{
		id: randomHex(16), caller: randomHex(8),
		wantedSpans: wants, due: make([]bool, len(wants)), receivedSpans: make([]receivedSpan, len(wants)),
	}
}

// parentHeader is the client's traceparent.
func (t *requestTrace) parentHeader() string { return "00-" + t.id + "-" + t.caller + "-01" }

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// matchSpan assigns a span to a wanted one, and reports whether there is one.
func (t *requestTrace) matchSpan(s otlptest.Span) bool {
	for i, w := range t.wantedSpans {
		if t.receivedSpans[i].id == "" && w.service == s.Service() && w.kind == s.Kind() && (w.name == "" || w.name == s.Name()) {
			t.receivedSpans[i] = receivedSpan{s.SpanID(), s.ParentID()}
			return true
		}
	}
	return false
}

// complete reports whether nothing more can be received.
func (t *requestTrace) complete() bool {
	for _, got := range t.receivedSpans {
		if got.id == "" {
			return false
		}
	}
	return t.ended
}

// wrongParents counts the spans of each service with a wrong parent, as far as
// that was received.
func (t *requestTrace) wrongParents(count func(service string)) {
	for i, w := range t.wantedSpans {
		if t.receivedSpans[i].id == "" {
			continue
		}
		var parent string
		switch w.parent {
		case fromClient:
			parent = t.caller
		case noParent:
		default:
			if parent = t.receivedSpans[w.parent].id; parent == "" {
				continue
			}
		}
		if t.receivedSpans[i].parent != parent {
			count(w.service)
		}
	}
}
