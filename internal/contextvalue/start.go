package contextvalue

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// A start option copies the attributes for the sampler, even if the span is not
// recorded, and the SDK copies them again into the span. A sampler may add
// attributes as well: core's takes those of a server span from the exchange,
// which needs only one copy.

// The stages in which the attributes of a start are handed over. In each stage
// they can be taken once. A span that starts in the same context meanwhile, in
// a sampler or a processor or one of their goroutines, gets none.
const (
	// stageTaken also means that there is nothing to hand over.
	stageTaken uint32 = iota
	// stageOffered: no sampler has seen the attributes.
	stageOffered
	// stageSampling: a sampler is deciding.
	stageSampling
	// stageDecided: a processor may add the remaining attributes.
	stageDecided
)

// coreSampledProvider is a provider that samples with core.Sampler.
type coreSampledProvider struct{ trace.TracerProvider }

// SampledByCore marks provider as sampling with core.Sampler, so that the
// engine passes the start attributes of a server span to that sampler, which is
// cheaper than a start option. A sampler that wraps core.Sampler must pass on
// the attributes that it adds and not retain them. If the provider has another
// sampler, spans are complete but sampled without their attributes. Span
// processors registered before core's see some attributes only after the start.
func SampledByCore(provider trace.TracerProvider) trace.TracerProvider {
	return coreSampledProvider{provider}
}

// Provider returns the provider without the mark, and whether it was marked as
// sampling with core.Sampler.
func Provider(p trace.TracerProvider) (provider trace.TracerProvider, byCore bool) {
	if s, ok := p.(coreSampledProvider); ok {
		return s.TracerProvider, true
	}
	return p, false
}

// Offer has the attributes that the span of an exchange starts with.
type Offer struct {
	Attributes []attribute.KeyValue
	// Later is how many attributes will probably be added at the end.
	Later int
	// samplerCount is how many of the attributes the sampler was to add to the span.
	samplerCount int
}

// otherAttributes returns the attributes that no sampler was to add.
func (o *Offer) otherAttributes() []attribute.KeyValue { return o.Attributes[o.samplerCount:] }

// Start passes the attributes of a server span that is being started to core's
// sampler and processors. All methods may be called on nil, which stands for
// any other span. The zero Start has no attributes.
type Start struct {
	stage atomic.Uint32
	// name is the name of the span. A pointer is half the size of a string.
	name  *string
	offer *Offer
}

// startKey is the context key of a Start. It differs from [Exchange], so that
// an exchange needs no exported method for it.
type startKey struct{}

// suppressedStart is the Start of every span in a suppressed context.
var suppressedStart = new(Start)

// StartUnder returns the Start in ctx, the parent context that a sampler gets.
func StartUnder(ctx context.Context) *Start {
	s, _ := ctx.Value(startKey{}).(*Start)
	return s
}

// ValueFor returns s if key is the key of a Start.
func (s *Start) ValueFor(key any) (value any, ok bool) {
	if _, ok := key.(startKey); ok {
		return s, true
	}
	return nil, false
}

// ValueOfSuppressed returns the value of a suppressed context for key, other
// than its span.
func ValueOfSuppressed(key any) (value any, ok bool) {
	switch key.(type) {
	case Exchange:
		return Suppressed{}, true
	case startKey:
		return suppressedStart, true
	}
	return nil, false
}

// IsSuppressed reports whether ctx, for which [StartUnder] has returned s, is
// suppressed. A context that holds only the values of [Keys] has no start.
func (s *Start) IsSuppressed(ctx context.Context) bool {
	if s != nil {
		return s == suppressedStart
	}
	_, suppressed := ctx.Value(Exchange{}).(Suppressed)
	return suppressed
}

// Offer makes o, for the span called *name, available to the sampler and the
// processors until Withdraw. The name must not change.
func (s *Start) Offer(name *string, o *Offer) {
	o.samplerCount = 0
	s.name, s.offer = name, o
	s.stage.Store(stageOffered)
}

// Withdraw returns the attributes that neither the sampler nor a processor has
// taken, and ends the use of the offer.
func (s *Start) Withdraw() (left []attribute.KeyValue) {
	if s.stage.Load() != stageTaken && s.stage.Swap(stageTaken) != stageTaken {
		left = s.offer.otherAttributes()
	}
	s.offer = nil
	return left
}

// Attributes returns the attributes of the server span that is being started,
// for the sampler's decision. It returns nil for any other span and if there
// are none. They must not be modified, nor used after the sampler has returned.
// Decided must follow.
func (s *Start) Attributes() []attribute.KeyValue {
	if s == nil || s.stage.Load() != stageOffered || !s.stage.CompareAndSwap(stageOffered, stageSampling) {
		return nil
	}
	return s.offer.Attributes
}

// Decided must be called when the sampler has decided with Attributes. It
// returns those that the sampler must add to a recorded span.
func (s *Start) Decided(recorded bool) (add []attribute.KeyValue) {
	if s == nil || s.stage.Load() != stageSampling {
		return nil
	}
	o := s.offer
	if recorded {
		// The SDK doubles the capacity of a span's attributes when it is
		// exceeded. If the sampler adds half of the final number, the others
		// fit after doubling; if it added all of the start's, most of the
		// doubled capacity would stay unused.
		n := len(o.Attributes)
		o.samplerCount = min(n, (n+o.Later+1)/2)
		add = o.Attributes[:o.samplerCount:o.samplerCount]
	}
	s.stage.Store(stageDecided)
	return add
}

// Others is for core's span processors. It returns the start attributes of the
// server span that no sampler was to add, and nil for any other span. The
// caller must add them before another processor sees the span; the engine adds
// what is not taken here after the start.
func (s *Start) Others(span interface{ Name() string }) []attribute.KeyValue {
	// An earlier processor may have started its own span in the same context.
	if s == nil || s.stage.Load() != stageDecided || span.Name() != *s.name ||
		!s.stage.CompareAndSwap(stageDecided, stageTaken) {
		return nil
	}
	return s.offer.otherAttributes()
}
