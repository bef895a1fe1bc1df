package httpserver

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
)

// An option of a span's start copies the attributes for the sampler, also where
// no span is recorded then, and the SDK copies them into the span again. A
// sampler may add attributes, too: core's takes those of a server span from the
// exchange, and they are copied once.

// The stages of a hand-over: how far the attributes of an exchange's start have
// come. Each is left once, by whom they are for then: a span that starts under
// the same context meanwhile, in a sampler, in a processor or in a goroutine of
// theirs, finds nothing that it could take.
const (
	// handedOver is also where nothing is to be handed over.
	handedOver uint32 = iota
	// offered are attributes that no sampler has seen.
	offered
	// asked is a sampler that has not decided.
	asked
	// decided leaves attributes that a processor may add.
	decided
)

// endAttributes is how many attributes the end of an exchange usually adds.
const endAttributes = 3

// Start is the start of a span as core.Sampler sees it.
type Start struct{ exchange *Exchange }

// StartUnder returns the start of a span under ctx, the parent context that a
// sampler is given.
func StartUnder(ctx context.Context) Start { return Start{exchangeFrom(ctx)} }

// Suppressed tells what the function [Suppressed] does of the span's context.
func (s Start) Suppressed() bool { return s.exchange == excludedExchange }

// Attributes returns the attributes of the server span that is about to start,
// to decide by. It returns nil for every other span, and where
// [Config].AttributesBySampler is not set. They are the engine's again when the
// sampler has returned, and not to be written to. Decided must follow.
func (s Start) Attributes() []attribute.KeyValue {
	x := s.exchange
	if x == nil || x.stage.Load() != offered || !x.stage.CompareAndSwap(offered, asked) {
		return nil
	}
	return x.starting.attributes
}

// Decided is called once the sampler has decided about Attributes. It returns
// those that it is to add to a span that is recorded.
func (s Start) Decided(recorded bool) (add []attribute.KeyValue) {
	x := s.exchange
	if x == nil || x.stage.Load() != asked {
		return nil
	}
	starting := x.starting
	if recorded {
		// The SDK doubles the room of a span's attributes when there are too many.
		// After half of those that the span will end with the others fit into that;
		// after all of the start's, what is doubled stays empty for the most part.
		n := len(starting.attributes)
		starting.given = min(n, (n+endAttributes+1)/2)
		add = starting.attributes[:starting.given:starting.given]
	}
	x.stage.Store(decided)
	return add
}

// OtherStartAttributes is for core's span processor. It returns the attributes
// of the server span that starts under ctx which no sampler was to add, nil for
// every other span. They are the caller's to add before another processor sees
// the span; what nobody takes the engine adds when the span has started.
func OtherStartAttributes(ctx context.Context, span interface{ Name() string }) []attribute.KeyValue {
	x := exchangeFrom(ctx)
	// A processor further ahead may have started a span of its own under ctx.
	if x == nil || x.stage.Load() != decided || span.Name() != x.operation.name ||
		!x.stage.CompareAndSwap(decided, handedOver) {
		return nil
	}
	return x.starting.others()
}

// others returns the attributes that no sampler was to add.
func (s *scratch) others() []attribute.KeyValue { return s.attributes[s.given:] }

// startSpan starts the exchange's span with the options and attributes in s.
func (x *Exchange) startSpan(s *scratch) (ctx context.Context) {
	if !x.in.engine.attributesBySampler {
		s.options = append(s.options, s.asOption())
		ctx, x.span = x.in.tracer.Start(&x.ctx, x.operation.name, s.options...)
		return ctx
	}
	s.given = 0
	x.starting = s
	x.stage.Store(offered)
	ctx, x.span = x.in.tracer.Start(&x.ctx, x.operation.name, s.options...)
	if x.stage.Load() != handedOver && x.stage.Swap(handedOver) != handedOver {
		x.span.SetAttributes(s.others()...)
	}
	x.starting = nil
	return ctx
}
