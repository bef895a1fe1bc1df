package httpserver

// HandlersReturned reads everything that must be read before the framework recycles the
// request's context: it reads the route and the panic, and calls the user's hooks. Call
// HandlersReturned when the handlers have returned but the response is not yet complete.
// It ignores the other fields of o; pass them to End, which must be called later. A route
// and hooks passed to End take precedence. HandlersReturned has no effect on a nested
// exchange.
func (x *Exchange) HandlersReturned(o Outcome) {
	if x.mode == modeUnobserved || x.mode == modeNested {
		return
	}
	route := x.instrumentation.routeOf(&o)
	name := x.instrumentation.callHook(&x.instrumentation.spanNameRunner, o.SpanName)
	attributes := x.instrumentation.appendSpanAttributes(nil, &o, x.span)
	metricAttributes := x.instrumentation.appendMetricAttributes(nil, &o)

	x.mu.Lock()
	defer x.mu.Unlock()
	if x.hasEnded {
		return
	}
	if o.Panic != nil && x.innerReport().errorType == "" {
		errorType, event := describePanic(o.Panic, x.span)
		event.addTo(x.span)
		x.ensureRare().errorType = errorType
	}
	if len(metricAttributes) > 0 {
		x.ensureRare().metricAttributes = metricAttributes
	}
	if name != "" {
		x.ensureRare().earlySpanName = name
	}
	x.earlyRoute = route
	if !x.handlersReturned {
		x.handlersReturned = true
		x.instrumentation.activeRequests.returnedCount.Add(1)
		x.instrumentation.activeRequests.onChange()
	}
	if len(attributes) > 0 {
		x.span.SetAttributes(attributes...)
	}
}
