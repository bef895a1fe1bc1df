package httpserver

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// report is what a nested exchange knows better than the one it is part of:
// an outer net/http handler knows nothing of the routes of a framework inside.
type report struct {
	// route is in the format chosen.
	route     string
	path      string
	name      string
	errorType string
}

// reported returns what nested exchanges have reported, to be added to. It is
// called with mu held.
func (x *Exchange) reported() *report {
	if x.inner == nil {
		x.inner = new(report)
	}
	return x.inner
}

// endNested hands the better knowledge to the open exchange.
func (x *Exchange) endNested(o *Outcome) {
	outer := x.outer
	r := report{
		route: x.in.operations.write(x.in.route(o)),
		path:  x.path,
		name:  x.in.said(&x.in.nameHook, o.SpanName),
	}
	attributes := x.in.hookAttributes(nil, o, outer.span)

	outer.mu.Lock()
	defer outer.mu.Unlock()
	if x.ended || outer.ended {
		return
	}
	x.ended = true
	inner := outer.reported()
	if r.route != "" {
		inner.route, inner.path = r.route, r.path
	}
	if r.name != "" {
		inner.name = r.name
	}
	if o.Panic != nil && inner.errorType == "" {
		inner.errorType = outer.recordPanic(o.Panic)
	}
	if len(attributes) > 0 {
		outer.span.SetAttributes(attributes...)
	}
}

// hookAttributes adds what the user's hook says of the exchange, owned.
func (in *Instrumentation) hookAttributes(dst []attribute.KeyValue, o *Outcome, span trace.Span) []attribute.KeyValue {
	if o.Attributes == nil || !span.IsRecording() {
		return dst
	}
	var added []attribute.KeyValue
	in.attributeHook.run(func() { added = o.Attributes() })
	known := len(dst)
	dst = append(dst, added...)
	if in.recycles {
		own(dst[known:])
	}
	return dst
}
