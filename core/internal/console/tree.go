package console

import (
	"context"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/sampling"
	"github.com/samespan/samespan/core/internal/sanitize"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/tracetree"
)

// These constants limit the spans that are held until their trace is complete.
const (
	maxHeldTraces = 1000
	maxHeldSpans  = 10_000
	// maxHeldTime is how long the spans of a trace are held if their root has not ended.
	maxHeldTime = 30 * time.Second
	// lateSpanWait is how long a trace is held, after its root has ended, for other spans
	// that have not ended.
	lateSpanWait = time.Second
)

// MaxQueue limits how many spans, and how many log records, wait for the console. A held
// span counts as waiting.
const MaxQueue = 2 * maxHeldSpans

// Batch is the batch configuration of the console. Items are printed without delay, but
// in a separate goroutine, so that no request waits for the writer.
var Batch = settings.BatchConfig{QueueSize: MaxQueue, BatchSize: 64}

// TreeProcessor prints traces as trees. It prints a trace when all spans of the trace in
// this process have ended, usually when the response to a request has been written. After
// a time limit, it prints the trace without the spans that have not ended.
type TreeProcessor struct {
	*pipeline.Queue
	lifetime *pipeline.Lifetime
	w        *SignalWriter
	// printer queues traces and prints them.
	printer *pipeline.Batches[[]tracetree.Span]

	mu         sync.Mutex
	heldTraces map[trace.TraceID]*heldTrace
	// heldSpanCount is the number of spans in all of heldTraces.
	heldSpanCount int
	// closed is set at the shutdown. A span that ends later is not held, and counts as
	// lost.
	closed bool
}

// heldTrace is a trace that is not yet printed, since some of its spans have not ended.
type heldTrace struct {
	spans     []tracetree.Span
	heldSince time.Time
	// openCount is the number of spans of the trace that have not ended.
	openCount int
	// openRootCount is the number of spans that have not ended and whose parent, if any,
	// is not in this process.
	openRootCount int
	// timer prints the held spans when the time limit has passed.
	timer *time.Timer
}

// NewTreeProcessor returns a processor that prints to w. queue limits how many spans the
// processor holds. After lifetime has ended, the processor writes nothing more.
func NewTreeProcessor(w *Writer, queue *pipeline.Queue, lifetime *pipeline.Lifetime) *TreeProcessor {
	p := &TreeProcessor{Queue: queue, lifetime: lifetime, w: w.Until(lifetime.Context), heldTraces: make(map[trace.TraceID]*heldTrace)}
	p.printer = pipeline.NewBatches(Batch, p.print, func(ctx context.Context) error {
		return lifetime.Close(ctx, func(context.Context) error { return nil })
	})
	return p
}

// isLocalRoot reports whether the span's parent, if any, is not in this process.
func isLocalRoot(span sdktrace.ReadOnlySpan) bool {
	parent := span.Parent()
	return !parent.IsValid() || parent.IsRemote()
}

// OnStart counts the span as open.
func (p *TreeProcessor) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	sampling.AddStartAttributes(ctx, span)
	if !span.SpanContext().IsSampled() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	held := p.findOrAdd(span.SpanContext().TraceID())
	held.openCount++
	if isLocalRoot(span) {
		held.openRootCount++
	}
}

// OnEnd adds the span to its held trace, and prints the trace if it is complete.
func (p *TreeProcessor) OnEnd(span sdktrace.ReadOnlySpan) {
	if !span.SpanContext().IsSampled() {
		return
	}
	var tree []tracetree.Span
	if p.Admit() {
		sanitized, _ := sanitize.Span(span)
		tree = []tracetree.Span{toTreeSpan(sanitized)}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return // the shutdown counts the span as lost
	}
	id := span.SpanContext().TraceID()
	held := p.findOrAdd(id)
	held.spans = append(held.spans, tree...)
	p.heldSpanCount += len(tree)
	// Keep openCount from becoming negative: if the trace was printed early, spans that
	// were open then are no longer counted.
	held.openCount = max(held.openCount-1, 0)
	root := isLocalRoot(span)
	if root {
		held.openRootCount = max(held.openRootCount-1, 0)
	}
	switch {
	case held.openCount == 0:
		p.releaseTrace(id)
	case root && held.openRootCount == 0:
		held.timer.Reset(lateSpanWait)
	}
	for p.heldSpanCount > maxHeldSpans {
		p.releaseTrace(p.oldestTrace())
	}
}

// findOrAdd returns the held trace with the given ID. It adds one if there is none.
func (p *TreeProcessor) findOrAdd(id trace.TraceID) *heldTrace {
	if held, ok := p.heldTraces[id]; ok {
		return held
	}
	if len(p.heldTraces) >= maxHeldTraces {
		p.releaseTrace(p.oldestTrace())
	}
	held := &heldTrace{heldSince: time.Now()}
	held.timer = time.AfterFunc(maxHeldTime, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.heldTraces[id] == held {
			p.queueHeldSpans(held)
			held.timer.Reset(maxHeldTime)
		}
	})
	p.heldTraces[id] = held
	return held
}

// oldestTrace returns the trace that has been held longest.
func (p *TreeProcessor) oldestTrace() (id trace.TraceID) {
	var oldestSince time.Time
	for traceID, held := range p.heldTraces {
		if oldestSince.IsZero() || held.heldSince.Before(oldestSince) {
			id, oldestSince = traceID, held.heldSince
		}
	}
	return id
}

// releaseTrace queues the held spans of a trace for printing and removes the trace from
// heldTraces.
func (p *TreeProcessor) releaseTrace(id trace.TraceID) {
	held := p.heldTraces[id]
	held.timer.Stop()
	delete(p.heldTraces, id)
	p.queueHeldSpans(held)
}

// queueHeldSpans queues the spans in held for printing, and removes them from held.
func (p *TreeProcessor) queueHeldSpans(held *heldTrace) {
	p.heldSpanCount -= len(held.spans)
	if len(held.spans) > 0 {
		p.printer.Add(held.spans)
	}
	held.spans = nil
}

// print prints traces, and counts their spans as exported or failed.
func (p *TreeProcessor) print(_ context.Context, traces [][]tracetree.Span) (problem error) {
	for _, spans := range traces {
		n := p.Leave(len(spans))
		p.Submit(n)
		if err := p.Settle(n, p.Run(func() error { return tracetree.Write(p.w, spans, terminalOptions(p.w)...) })); err != nil {
			problem = err
		}
	}
	return problem
}

// releaseAll queues all held traces for printing, complete or not. If stopHolding is set,
// later spans are no longer held.
func (p *TreeProcessor) releaseAll(stopHolding bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = p.closed || stopHolding
	for len(p.heldTraces) > 0 {
		p.releaseTrace(p.oldestTrace())
	}
}

// ForceFlush prints all held traces, complete or not, and waits until they are
// printed.
func (p *TreeProcessor) ForceFlush(ctx context.Context) error {
	p.releaseAll(false)
	return p.printer.ForceFlush(ctx)
}

// Shutdown prints all held traces, complete or not, and stops printing.
func (p *TreeProcessor) Shutdown(ctx context.Context) error {
	p.Closed.Store(true)
	p.releaseAll(true)
	return p.printer.Shutdown(ctx)
}
