package contextvalue

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// An option of a span's start copies the attributes for the sampler, also where
// no span is recorded then, and the SDK copies them into the span again. A
// sampler may add attributes, too: core's takes those of a server span from the
// exchange, and they are copied once.

// The stages of a hand-over: how far the attributes of an exchange's start have
// come. Each stage ends once, when its attributes are taken. A span that starts
// under the same context meanwhile, in a sampler, in a processor or in a
// goroutine of theirs, finds none to take.
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

// sampled is a provider that samples by core.Sampler.
type sampled struct{ trace.TracerProvider }

// SampledByCore returns provider for the engine to hand the attributes that a
// server span starts with to core.Sampler, which costs less than an option of the
// start. A sampler around core.Sampler must pass on the attributes that this one
// adds, and keep none of them; a provider with another one in its place makes
// whole spans, but samples them without their attributes. Span processors ahead
// of core's see some of the attributes only once the span has started.
func SampledByCore(provider trace.TracerProvider) trace.TracerProvider { return sampled{provider} }

// Provider returns the provider that p is or was made of, and whether that
// samples by core.Sampler.
func Provider(p trace.TracerProvider) (provider trace.TracerProvider, byCore bool) {
	if s, ok := p.(sampled); ok {
		return s.TracerProvider, true
	}
	return p, false
}

// Offer is what the span of an exchange starts with.
type Offer struct {
	Attributes []attribute.KeyValue
	// given is how many of the attributes the sampler was to add to the span.
	given int
}

// others returns the attributes that no sampler was to add.
func (o *Offer) others() []attribute.KeyValue { return o.Attributes[o.given:] }

// Start hands the attributes of a server span that is about to start to the
// sampler and the processors of core. All methods may be called on nil, which is
// the start of any other span. The zero Start offers nothing.
type Start struct {
	stage atomic.Uint32
	// name is that of the span. A pointer takes half of the room.
	name  *string
	offer *Offer
}

// startKey is the key of the start in a context. It is apart from [Exchange], so
// that an exchange needs no exported method for it.
type startKey struct{}

// suppressedStart is the start of every span in a suppressed context.
var suppressedStart = new(Start)

// StartUnder returns the start of a span under ctx, the parent context that a
// sampler is given.
func StartUnder(ctx context.Context) *Start {
	s, _ := ctx.Value(startKey{}).(*Start)
	return s
}

// ValueFor returns s where key is that of a start.
func (s *Start) ValueFor(key any) (value any, ok bool) {
	if _, ok := key.(startKey); ok {
		return s, true
	}
	return nil, false
}

// ValueOfSuppressed returns the value of a suppressed context for key, where it
// has one besides its span.
func ValueOfSuppressed(key any) (value any, ok bool) {
	switch key.(type) {
	case Exchange:
		return Suppressed{}, true
	case startKey:
		return suppressedStart, true
	}
	return nil, false
}

// Suppressed tells whether the span's context is suppressed.
func (s *Start) Suppressed() bool { return s == suppressedStart }

// Offer leaves o, of the span with a name, to the sampler and the processors until
// Withdraw. The name must not change.
func (s *Start) Offer(name *string, o *Offer) {
	o.given = 0
	s.name, s.offer = name, o
	s.stage.Store(offered)
}

// Withdraw returns the attributes that neither the sampler nor a processor has
// taken. What was offered is the caller's again.
func (s *Start) Withdraw() (left []attribute.KeyValue) {
	if s.stage.Load() != handedOver && s.stage.Swap(handedOver) != handedOver {
		left = s.offer.others()
	}
	s.offer = nil
	return left
}

// Attributes returns the attributes of the server span that is about to start, to
// decide by. It returns nil for every other span, and where none are offered.
// They are the engine's again when the sampler has returned, and not to be written
// to. Decided must follow.
func (s *Start) Attributes() []attribute.KeyValue {
	if s == nil || s.stage.Load() != offered || !s.stage.CompareAndSwap(offered, asked) {
		return nil
	}
	return s.offer.Attributes
}

// Decided is called once the sampler has decided about Attributes. It returns
// those that it is to add to a span that is recorded.
func (s *Start) Decided(recorded bool) (add []attribute.KeyValue) {
	if s == nil || s.stage.Load() != asked {
		return nil
	}
	o := s.offer
	if recorded {
		// The SDK doubles the room of a span's attributes when there are too many.
		// After half of those that the span will end with the others fit into that;
		// after all of the start's, what is doubled stays empty for the most part.
		n := len(o.Attributes)
		o.given = min(n, (n+endAttributes+1)/2)
		add = o.Attributes[:o.given:o.given]
	}
	s.stage.Store(decided)
	return add
}

// Others is for core's span processors. It returns the attributes of the server
// span that starts which no sampler was to add, nil for every other span. They are
// the caller's to add before another processor sees the span; what is not taken
// here the engine adds when the span has started.
func (s *Start) Others(span interface{ Name() string }) []attribute.KeyValue {
	// A processor further ahead may have started a span of its own under the same
	// context.
	if s == nil || s.stage.Load() != decided || span.Name() != *s.name ||
		!s.stage.CompareAndSwap(decided, handedOver) {
		return nil
	}
	return s.offer.others()
}
