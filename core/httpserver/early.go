package httpserver

// earlyOutcome is the part of the outcome that must be read before the framework
// recycles its context.
type earlyOutcome struct {
	route string
	name  string
}

// HandlersReturned takes in what can be read now and no more when the exchange ends: the
// route, the panic, and what the user's hooks say, which are asked here. The
// handlers have returned, and only the answer is still to be seen. It is
// for frameworks that give the request's context to the next request before
// the answer to this one is on the wire. The other fields of o are not looked
// at; they are for End, which must follow, and whose own route and hooks, where
// it has any, come first. A nested exchange has no use for it.
func (x *Exchange) HandlersReturned(o Outcome) {
	if x.mode == modeUnobserved || x.mode == modeNested {
		return
	}
	early := earlyOutcome{
		route: x.in.routeOf(&o),
		name:  x.in.said(&x.in.nameHook, o.SpanName),
	}
	attributes := x.in.hookAttributes(nil, &o, x.span)

	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return
	}
	if o.Panic != nil && x.report().errorType == "" {
		errorType, event := newException(o.Panic, x.span)
		event.addTo(x.span)
		if x.rare == nil {
			x.rare = new(rare)
		}
		x.rare.errorType = errorType
	}
	x.early = early
	if !x.returned {
		x.returned = true
		x.in.active.returned.Add(1)
		x.in.active.changed()
	}
	if len(attributes) > 0 {
		x.span.SetAttributes(attributes...)
	}
}
