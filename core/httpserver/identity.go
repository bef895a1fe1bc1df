package httpserver

import "github.com/samespan/samespan/internal/received"

// Relation is the relation of a nested exchange to the open exchange around it.
type Relation uint8

const (
	// SameRequest means that both exchanges are of the same request: for example, a router
	// is mounted in another router, or a middleware is registered twice. The nested
	// exchange reports the route and similar details to the open exchange.
	SameRequest Relation = iota
	// PresumedRequest means that both exchanges are probably of the same request, but
	// that a handler may have made another request from it. It counts as SameRequest if
	// the nested exchange has the same path as the open exchange and no other nested
	// exchange has this relation.
	PresumedRequest
	// SubRequest means that a handler of the open exchange serves another request in
	// process, with the same context. The nested exchange records nothing and does not
	// affect the open exchange.
	SubRequest
)

// Identify stores a value by which other adapters recognize the request of the exchange:
// the framework's context, or the adapter's own response writer. Call it before the
// handlers. If response headers are captured and the value has a method KeepHeader(),
// Identify calls it. The adapter must then set Outcome.Header to the header that was sent. If
// the value has a method KeepTraceResponse(string), Identify calls it with the value of
// [Exchange.TraceResponse], unless that is empty.
func (x *Exchange) Identify(identity any) {
	if x.mode == modeUnobserved {
		return
	}
	x.identity = identity
	if len(x.instrumentation.engine.responseHeaders) > 0 {
		if keeper, ok := identity.(received.HeaderKeeper); ok {
			keeper.KeepHeader()
		}
	}
	if value := x.TraceResponse(); value != "" {
		if keeper, ok := identity.(received.TraceResponseKeeper); ok {
			keeper.KeepTraceResponse(value)
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

// Relate sets the relation of a nested exchange to the open exchange. The default is
// SameRequest. Call it before the handlers. With SubRequest, [Exchange.Observed] returns
// false from then on.
func (x *Exchange) Relate(relation Relation) {
	if x.mode != modeNested {
		return
	}
	if relation == PresumedRequest && x.path != x.rare.outer.path {
		relation = SubRequest
	}
	switch relation {
	case PresumedRequest:
		x.isPresumedRequest = true
		x.rare.outer.countPresumed()
	case SubRequest:
		x.mode = modeUnobserved
	case SameRequest:
	}
}

// countPresumed counts a nested exchange with the relation PresumedRequest.
func (x *Exchange) countPresumed() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.presumedCount < 2 {
		x.presumedCount++
	}
}
