package httpserver

// HandlersReturned reads everything that must be read before the framework recycles the
// request's context: the route, the panic, and the results of the user's hooks, which it
// calls. Call it when the handlers have returned but the response is not yet complete. It
// ignores the other fields of o; pass them to End, which must be called later. A route
// and hooks passed to End take precedence. HandlersReturned has no effect on a nested
// exchange.
func (x *Exchange) HandlersReturned(o Outcome) {
	if x.mode == modeUnobserved || x.mode == modeNested {
		return
	}
	route := x.in.routeOf(&o)
	name := x.in.callHook(&x.in.nameHook, o.SpanName)
	attributes := x.in.appendSpanAttributes(nil, &o, x.span)
	measured := x.in.appendMetricAttributes(nil, &o)

	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return
	}
	if o.Panic != nil && x.innerReport().errorType == "" {
		errorType, event := newException(o.Panic, x.span)
		event.addTo(x.span)
		x.ensureRare().errorType = errorType
	}
	if len(measured) > 0 {
		x.ensureRare().metricAttributes = measured
	}
	if name != "" {
		x.ensureRare().earlyName = name
	}
	x.earlyRoute = route
	if !x.returned {
		x.returned = true
		x.in.active.returned.Add(1)
		x.in.active.onChange()
	}
	if len(attributes) > 0 {
		x.span.SetAttributes(attributes...)
	}
}
