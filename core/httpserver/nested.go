package httpserver

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// report is what a nested exchange knows better than the one it is part of:
// an outer net/http handler knows nothing of the routes of a framework inside.
type report struct {
	// route is in the format chosen; joined says that it has what the router is
	// mounted at.
	route  string
	joined bool
	// path is the one that the router has seen.
	path      string
	name      string
	errorType string
	// presumed says that the report is of an exchange that may be one of another
	// request. Only such a report has attributes and an exception: otherwise the
	// span has them.
	presumed   bool
	attributes []attribute.KeyValue
	exception  exception
}

// report returns what is to be believed of what nested exchanges have reported.
// It is called with mu held.
func (x *Exchange) report() *report {
	if x.inner == nil || x.inner.presumed && x.presumptions > 1 {
		return &report{}
	}
	return x.inner
}

// reported returns what nested exchanges have reported, to be added to. What is
// presumed gives way to what is certain. It is called with mu held.
func (x *Exchange) reported(presumed bool) *report {
	if x.inner == nil || x.inner.presumed && !presumed {
		x.inner = &report{presumed: presumed}
	}
	return x.inner
}

// endNested hands the better knowledge to the open exchange.
func (x *Exchange) endNested(o *Outcome) {
	outer := x.outer
	route, joined := x.route(x.in.routeOf(o))
	name := x.in.said(&x.in.nameHook, o.SpanName)
	attributes := x.in.hookAttributes(nil, o, outer.span)

	outer.mu.Lock()
	defer outer.mu.Unlock()
	if x.ended || outer.ended {
		return
	}
	x.ended = true
	inner := outer.reported(x.presumed)
	if inner.presumed != x.presumed {
		return
	}
	if route != "" {
		inner.route, inner.joined, inner.path = route, joined, x.routedPath()
	}
	if name != "" {
		inner.name = name
	}
	var event exception
	if o.Panic != nil && inner.errorType == "" {
		inner.errorType, event = newException(o.Panic, outer.span)
	}
	if x.presumed {
		inner.attributes, inner.exception = attributes, event
		return
	}
	event.addTo(outer.span)
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
