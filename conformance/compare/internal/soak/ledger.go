package soak

import (
	"sync"

	"github.com/samespan/samespan/conformance/otlptest"
)

// The names of the spans of a background task. backgroundTask is the root span, which links
// to the request, and backgroundWork is its child.
const (
	backgroundTask = "background_task"
	backgroundWork = "background_work"
)

// generationKey is the resource attribute with the generation of a process.
const generationKey = "soak.generation"

// processID identifies one process of a service. The generation is "1" for the first
// process, "2" for the one after a restart, and so on.
type processID struct{ service, generation string }

// spanCounts are the ledger's span counts for a service.
type spanCounts struct {
	due          int // spans that the service must have ended
	possible     int // spans that the service may have ended in addition to the due spans
	missing      int // due spans that were not received
	unexpected   int // received spans that no request should have recorded
	wrongParents int // received spans with a wrong parent
	// unexpectedExamples describe some of the unexpected spans.
	unexpectedExamples []string
}

// ledger compares the spans that requests must record with the received ones. It forgets
// complete traces, and the span ids of ended processes, so that it stays small.
type ledger struct {
	mu     sync.Mutex
	traces map[string]*requestTrace // by trace id
	// tasks maps the trace id of each background task to the request that has started the
	// task.
	tasks map[string]*requestTrace
	// earlySpans are spans of background tasks whose first span has not arrived yet, by
	// trace id.
	earlySpans  map[string][]otlptest.Span
	receivedIDs map[processID]map[string]bool // span ids
	duplicates  map[string]int                // spans that were received again, by service
	counts      map[string]*spanCounts        // by service
}

func newLedger() *ledger {
	return &ledger{
		traces: make(map[string]*requestTrace), tasks: make(map[string]*requestTrace), earlySpans: make(map[string][]otlptest.Span),
		receivedIDs: make(map[processID]map[string]bool), duplicates: make(map[string]int), counts: make(map[string]*spanCounts),
	}
}

// countsFor returns the counts of the service, which the caller may change.
func (l *ledger) countsFor(service string) *spanCounts {
	c := l.counts[service]
	if c == nil {
		c = new(spanCounts)
		l.counts[service] = c
	}
	return c
}

// addTrace adds the trace of a request that is about to be sent.
func (l *ledger) addTrace(t *requestTrace) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.traces[t.id] = t
}

// setDueSpans records which wanted spans of the trace are due, by their index, after the
// request has ended. If due is nil, no span is due.
func (l *ledger) setDueSpans(t *requestTrace, due []bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t.isDueKnown = true
	for i, w := range t.wantedSpans {
		if i < len(due) && due[i] {
			t.isDue[i] = true
			l.countsFor(w.service).due++
		} else {
			l.countsFor(w.service).possible++
		}
	}
	l.forgetIfComplete(t)
}

// addReceivedSpans adds received spans to the traces of their requests. A span that was
// received before is only counted, as a duplicate.
func (l *ledger) addReceivedSpans(spans []otlptest.Span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range spans {
		generation, _ := s.Resource[generationKey].(string)
		from := processID{s.Service(), generation}
		if l.receivedIDs[from] == nil {
			l.receivedIDs[from] = make(map[string]bool)
		}
		if l.receivedIDs[from][s.SpanID()] {
			l.duplicates[from.service]++
			continue
		}
		l.receivedIDs[from][s.SpanID()] = true
		l.matchToTrace(s)
	}
}

// matchToTrace adds a span to the trace of the request that it belongs to. A background
// task has its own trace, which is found by the link of its first span.
func (l *ledger) matchToTrace(s otlptest.Span) {
	t := l.traces[s.TraceID()]
	switch {
	case t != nil:
	case s.Name() == backgroundTask && len(s.Links()) == 1:
		if t = l.traces[s.Links()[0].TraceID]; t == nil {
			break
		}
		t.taskTraceID = s.TraceID()
		l.tasks[t.taskTraceID] = t
		early := l.earlySpans[s.TraceID()]
		delete(l.earlySpans, s.TraceID())
		for _, each := range early {
			l.addSpan(t, each)
		}
	case s.Name() == backgroundWork:
		if t = l.tasks[s.TraceID()]; t == nil {
			l.earlySpans[s.TraceID()] = append(l.earlySpans[s.TraceID()], s)
			return
		}
	}
	l.addSpan(t, s)
}

// addSpan adds a span to the trace, or counts it as unexpected.
func (l *ledger) addSpan(t *requestTrace, s otlptest.Span) {
	if t == nil || !t.matchSpan(s) {
		c := l.countsFor(s.Service())
		c.unexpected++
		if len(c.unexpectedExamples) < 5 {
			c.unexpectedExamples = append(c.unexpectedExamples, s.Name()+" of trace "+s.TraceID())
		}
		return
	}
	l.forgetIfComplete(t)
}

// forgetIfComplete forgets the trace if it is complete.
func (l *ledger) forgetIfComplete(t *requestTrace) {
	if !t.isComplete() {
		return
	}
	t.countWrongParents(func(service string) { l.countsFor(service).wrongParents++ })
	delete(l.traces, t.id)
	delete(l.tasks, t.taskTraceID)
}

// countReceived returns the number of distinct spans received from a process.
func (l *ledger) countReceived(service, generation string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.receivedIDs[processID{service, generation}])
}

// forgetProcess removes the ids of a process's spans. Call it when no more spans of the
// process will arrive.
func (l *ledger) forgetProcess(service, generation string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.receivedIDs, processID{service, generation})
}

// close counts the missing spans of incomplete traces, and returns the counts and the
// numbers of duplicate spans, by service. Call it when no more spans will arrive.
func (l *ledger) close() (counts map[string]*spanCounts, duplicates map[string]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// The first span of each of these tasks was lost, so the request that started the task
	// is unknown. Assign the task to any request whose task has not arrived.
	for id, spans := range l.earlySpans {
		for _, s := range spans {
			l.addSpan(l.requestWithoutTask(s), s)
		}
		delete(l.earlySpans, id)
	}
	for _, t := range l.traces {
		t.countWrongParents(func(service string) { l.countsFor(service).wrongParents++ })
		for i, w := range t.wantedSpans {
			if t.isDue[i] && t.receivedSpans[i].id == "" {
				l.countsFor(w.service).missing++
			}
		}
	}
	clear(l.traces)
	return l.counts, l.duplicates
}

// requestWithoutTask returns a request whose background task has not arrived, or nil. It
// prefers a request whose task is due.
func (l *ledger) requestWithoutTask(s otlptest.Span) *requestTrace {
	var possible *requestTrace
	for _, t := range l.traces {
		if len(t.wantedSpans) != 3 || t.wantedSpans[1].name != backgroundTask || t.wantedSpans[1].service != s.Service() ||
			t.receivedSpans[1].id != "" || t.receivedSpans[2].id != "" {
			continue
		}
		if t.isDue[2] {
			return t
		}
		possible = t
	}
	return possible
}
