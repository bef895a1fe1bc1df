package httpserver

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
)

// An option of a span's start copies the attributes for the sampler, also where
// no span is recorded then, and the SDK copies them into the span again. A
// sampler may add attributes, too: core's takes those of a server span from the
// exchange, and they are copied once.

// endAttributes is how many attributes the end of an exchange usually adds.
const endAttributes = 3

// StartAttributes is for core.Sampler. It returns the attributes of the server
// span that is about to start under ctx, the parent context that a sampler is
// given: all of them, to decide by, and the first of them, which the sampler is
// to add to the span. It returns nil for every other span, and where
// [Config].AttributesBySampler is not set. What it returns is the engine's
// again when the sampler has returned.
func StartAttributes(ctx context.Context) (all, add []attribute.KeyValue) {
	x := exchangeFrom(ctx)
	if x == nil || x.starting == nil || x.starting.given > 0 {
		return nil, nil
	}
	all = x.starting.attributes
	// The SDK doubles the room of a span's attributes when there are too many.
	// After half of those that the span will end with the others fit into that;
	// after all of the start's, what is doubled stays empty for the most part.
	x.starting.given = min(len(all), (len(all)+endAttributes+1)/2)
	return all, all[:x.starting.given]
}

// OtherStartAttributes is for core's span processor. It returns the attributes
// of the server span that starts under ctx which no sampler was to add, nil for
// every other span. They are the caller's to add before another processor sees
// the span; what nobody takes the engine adds when the span has started.
func OtherStartAttributes(ctx context.Context) []attribute.KeyValue {
	x := exchangeFrom(ctx)
	if x == nil || x.starting == nil {
		return nil
	}
	return x.starting.others()
}

// others returns the attributes that have not been given to the span.
func (s *scratch) others() []attribute.KeyValue {
	others := s.attributes[s.given:]
	s.given = len(s.attributes)
	return others
}

// startSpan starts the exchange's span with the options and attributes in s.
func (x *Exchange) startSpan(s *scratch) (ctx context.Context) {
	s.given = 0
	if x.in.engine.attributesBySampler {
		x.starting = s
	} else {
		s.given = len(s.attributes)
		s.options = append(s.options, s.asOption())
	}
	ctx, x.span = x.in.tracer.Start(&x.ctx, x.operation.name, s.options...)
	x.starting = nil
	if others := s.others(); len(others) > 0 {
		x.span.SetAttributes(others...)
	}
	return ctx
}
