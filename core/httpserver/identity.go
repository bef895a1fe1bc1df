package httpserver

// Relation is what an exchange under an open one is to it.
type Relation uint8

const (
	// SameRequest is an exchange of the same request, such as that of a router
	// mounted in another one, or of a middleware that is registered twice. It
	// hands what it knows to the open one.
	SameRequest Relation = iota
	// PresumedRequest looks like one of the same request, but cannot be told from
	// one that a handler has made of it. It counts as SameRequest if it asks for
	// the same path and is the only such one.
	PresumedRequest
	// SubRequest is another request, which a handler of the open one serves in
	// process, with the context of its own. It leaves no telemetry and changes
	// nothing of the open one's.
	SubRequest
)

// Identify keeps what tells other adapters that a request is the exchange's:
// the framework's context of it, or a writer of the adapter's own. It is called
// before the handlers.
func (x *Exchange) Identify(identity any) {
	if x.mode != modeUnobserved {
		x.identity = identity
	}
}

// Outer returns what the open exchange that x is under was identified by, nil
// if x is not [Exchange.Nested] or it was not.
func (x *Exchange) Outer() any {
	if x.mode != modeNested {
		return nil
	}
	return x.outer.identity
}

// Relate says what a nested exchange is to the open one. By default it is
// SameRequest. It is called before the handlers; after SubRequest the exchange
// is not [Exchange.Observed] any more.
func (x *Exchange) Relate(relation Relation) {
	if x.mode != modeNested {
		return
	}
	if relation == PresumedRequest && x.path != x.outer.path {
		relation = SubRequest
	}
	switch relation {
	case PresumedRequest:
		x.presumed = true
		x.outer.presume()
	case SubRequest:
		x.mode = modeUnobserved
	case SameRequest:
	}
}

// presume counts an exchange that may be of the same request.
func (x *Exchange) presume() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.presumptions < 2 {
		x.presumptions++
	}
}
