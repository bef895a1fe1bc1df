package core

import (
	"context"
	"io"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/tracetree"
)

// The bounds of what the development mode holds back until it is whole.
const (
	maxHeldTraces = 1000
	maxHeldSpans  = 10_000
	// maxHeldTime is how long the spans of a trace wait for their root.
	maxHeldTime = 30 * time.Second
	// lateTime is how long a trace whose root has ended waits for the spans
	// below it that have not.
	lateTime = time.Second
)

// treeProcessor prints traces as trees. It prints a trace once every span of
// it that started here has ended, which for a request is when the response is
// written; what takes too long is printed without its missing parts.
type treeProcessor struct {
	*counter
	*lifeline
	w io.Writer

	mu    sync.Mutex
	held  map[trace.TraceID]*heldTrace
	spans int
	// closed says that nothing is to be held back any more.
	closed bool
}

// heldTrace is a trace that is not whole yet.
type heldTrace struct {
	spans []tracetree.Span
	since time.Time
	// open and roots are the spans that have not ended, and those of them
	// whose parent is not of this process.
	open  int
	roots int
	timer *time.Timer
}

func newTreeProcessor(w io.Writer, c *counter, l *lifeline) *treeProcessor {
	return &treeProcessor{counter: c, lifeline: l, w: w, held: make(map[trace.TraceID]*heldTrace)}
}

// isLocalRoot tells whether no span of this process is the span's parent.
func isLocalRoot(span sdktrace.ReadOnlySpan) bool {
	parent := span.Parent()
	return !parent.IsValid() || parent.IsRemote()
}

func (p *treeProcessor) OnStart(_ context.Context, span sdktrace.ReadWriteSpan) {
	if !span.SpanContext().IsSampled() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	held := p.hold(span.SpanContext().TraceID())
	held.open++
	if isLocalRoot(span) {
		held.roots++
	}
}

func (p *treeProcessor) OnEnd(span sdktrace.ReadOnlySpan) {
	if !span.SpanContext().IsSampled() {
		return
	}
	p.ended.Add(1)
	fixed, _ := mendSpan(span)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		p.print([]tracetree.Span{treeSpan(fixed)})
		return
	}
	id := span.SpanContext().TraceID()
	held := p.hold(id)
	held.spans = append(held.spans, treeSpan(fixed))
	p.spans++
	// A trace that was printed early has begun anew, and counts from 0.
	held.open = max(held.open-1, 0)
	root := isLocalRoot(span)
	if root {
		held.roots = max(held.roots-1, 0)
	}
	switch {
	case held.open == 0:
		p.release(id)
	case root && held.roots == 0:
		held.timer.Reset(lateTime)
	}
	for p.spans > maxHeldSpans {
		p.release(p.oldest())
	}
}

// hold returns the trace's spans so far.
func (p *treeProcessor) hold(id trace.TraceID) *heldTrace {
	if held, ok := p.held[id]; ok {
		return held
	}
	if len(p.held) >= maxHeldTraces {
		p.release(p.oldest())
	}
	held := &heldTrace{since: time.Now()}
	held.timer = time.AfterFunc(maxHeldTime, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.held[id] == held {
			p.printHeld(held)
			held.timer.Reset(maxHeldTime)
		}
	})
	p.held[id] = held
	return held
}

// oldest returns the trace that is held for the longest time.
func (p *treeProcessor) oldest() (id trace.TraceID) {
	var since time.Time
	for candidate, held := range p.held {
		if since.IsZero() || held.since.Before(since) {
			id, since = candidate, held.since
		}
	}
	return id
}

// release prints what is held of a trace and forgets it.
func (p *treeProcessor) release(id trace.TraceID) {
	held := p.held[id]
	held.timer.Stop()
	delete(p.held, id)
	p.printHeld(held)
}

func (p *treeProcessor) printHeld(held *heldTrace) {
	p.spans -= len(held.spans)
	p.print(held.spans)
	held.spans = nil
}

func (p *treeProcessor) print(spans []tracetree.Span) {
	if len(spans) > 0 {
		p.done(len(spans), tracetree.Write(p.w, spans))
	}
}

// ForceFlush prints what is held, whole or not.
func (p *treeProcessor) ForceFlush(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.held) > 0 {
		p.release(p.oldest())
	}
	return nil
}

func (p *treeProcessor) Shutdown(ctx context.Context) error {
	return p.close(ctx, func(ctx context.Context) error {
		err := p.ForceFlush(ctx)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.closed = true
		return err
	})
}

// treeSpan translates a span for the printer.
func treeSpan(span sdktrace.ReadOnlySpan) tracetree.Span {
	result := tracetree.Span{
		TraceID:    span.SpanContext().TraceID().String(),
		SpanID:     span.SpanContext().SpanID().String(),
		Name:       span.Name(),
		Kind:       treeKind(span.SpanKind()),
		Scope:      span.InstrumentationScope().Name,
		Start:      span.StartTime(),
		End:        span.EndTime(),
		Attributes: treeAttributes(span.Attributes()),
	}
	if parent := span.Parent(); parent.IsValid() {
		result.ParentID = parent.SpanID().String()
	}
	if service, ok := span.Resource().Set().Value(semconv.ServiceNameKey); ok {
		result.Service = service.AsString()
	}
	switch status := span.Status(); status.Code {
	case codes.Ok:
		result.Status = tracetree.StatusOK
	case codes.Error:
		result.Status, result.StatusMessage = tracetree.StatusError, status.Description
	}
	for _, event := range span.Events() {
		result.Events = append(result.Events, tracetree.Event{
			Name: event.Name, Time: event.Time, Attributes: treeAttributes(event.Attributes),
		})
	}
	for _, link := range span.Links() {
		result.Links = append(result.Links, tracetree.Link{
			TraceID: link.SpanContext.TraceID().String(), SpanID: link.SpanContext.SpanID().String(),
		})
	}
	return result
}

func treeKind(kind trace.SpanKind) tracetree.Kind {
	switch kind {
	case trace.SpanKindServer:
		return tracetree.KindServer
	case trace.SpanKindClient:
		return tracetree.KindClient
	case trace.SpanKindProducer:
		return tracetree.KindProducer
	case trace.SpanKindConsumer:
		return tracetree.KindConsumer
	}
	return tracetree.KindInternal
}

func treeAttributes(attributes []attribute.KeyValue) []tracetree.Attribute {
	result := make([]tracetree.Attribute, len(attributes))
	for i, kv := range attributes {
		result[i] = tracetree.Attribute{Key: string(kv.Key), Value: kv.Value.String()}
	}
	return result
}

// sharedWriter lets what is printed of traces, metrics and logs not run into
// each other.
type sharedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *sharedWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// Fd is that of the file beneath, for the question whether it is a terminal.
func (s *sharedWriter) Fd() uintptr {
	if file, ok := s.w.(interface{ Fd() uintptr }); ok {
		return file.Fd()
	}
	return ^uintptr(0)
}
