package httpserver

import (
	"go.opentelemetry.io/otel/attribute"
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

// endNested hands the better knowledge to the open exchange.
func (x *Exchange) endNested(o *Outcome) {
	outer := x.outer
	r := report{
		route: x.in.operations.write(outer.route(o, x.transient)),
		path:  x.path,
		name:  text(outer.in.nameHook.text(o.SpanName), x.transient),
	}
	attributes := outer.hookAttributes(nil, o, x.transient)

	outer.mu.Lock()
	defer outer.mu.Unlock()
	if x.ended || outer.ended {
		return
	}
	x.ended = true
	if r.route != "" {
		outer.inner.route, outer.inner.path = r.route, r.path
	}
	if r.name != "" {
		outer.inner.name = r.name
	}
	if o.Panic != nil && outer.inner.errorType == "" {
		outer.inner.errorType = outer.recordPanic(o.Panic)
	}
	if len(attributes) > 0 {
		outer.span.SetAttributes(attributes...)
	}
}

// hookAttributes adds what the user's hook says of the exchange, owned.
func (x *Exchange) hookAttributes(dst []attribute.KeyValue, o *Outcome, transient bool) []attribute.KeyValue {
	if o.Attributes == nil || !x.span.IsRecording() {
		return dst
	}
	var added []attribute.KeyValue
	x.in.attributeHook.run(func() { added = o.Attributes() })
	known := len(dst)
	dst = append(dst, added...)
	if transient {
		own(dst[known:])
	}
	return dst
}
