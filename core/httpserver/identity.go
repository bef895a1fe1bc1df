package httpserver

// Relation is the relation of a nested exchange to the open one.
type Relation uint8

const (
	// SameRequest is an exchange of the same request, such as that of a router
	// mounted in another one, or of a middleware that is registered twice. It
	// reports what it knows to the open exchange.
	SameRequest Relation = iota
	// PresumedRequest is an exchange that is probably of the same request, but
	// may be of another that a handler has made from it. It counts as
	// SameRequest if it has the same path and is the only one.
	PresumedRequest
	// SubRequest is an exchange of another request, which a handler of the open
	// exchange serves in process, with the same context. It records nothing and
	// does not affect the open exchange.
	SubRequest
)

// Identify stores a value by which other adapters recognize the request of the
// exchange: the framework's context, or the adapter's own response writer. Call
// it before the handlers. If response headers are captured and the value has a
// method KeepHeader, that is called: the header must then be kept as it is sent.
func (x *Exchange) Identify(identity any) {
	if x.mode == modeUnobserved {
		return
	}
	x.identity = identity
	if len(x.in.engine.responseHeaders) > 0 {
		if keeper, ok := identity.(interface{ KeepHeader() }); ok {
			keeper.KeepHeader()
		}
	}
}

// Outer returns the value with which the open exchange above x was identified.
// It is nil if x is not [Exchange.Nested] or Identify was not called.
func (x *Exchange) Outer() any {
	if x.mode != modeNested {
		return nil
	}
	return x.rare.outer.identity
}

// Relate sets the relation of a nested exchange to the open one. The default is
// SameRequest. Call it before the handlers; after SubRequest the exchange is
// not [Exchange.Observed] any more.
func (x *Exchange) Relate(relation Relation) {
	if x.mode != modeNested {
		return
	}
	if relation == PresumedRequest && x.path != x.rare.outer.path {
		relation = SubRequest
	}
	switch relation {
	case PresumedRequest:
		x.presumed = true
		x.rare.outer.countPresumed()
	case SubRequest:
		x.mode = modeUnobserved
	case SameRequest:
	}
}

// countPresumed counts an exchange that is probably of the same request.
func (x *Exchange) countPresumed() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.presumedCount < 2 {
		x.presumedCount++
	}
}
