package contextvalue

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// A start option copies the attributes for the sampler, even if the span is not recorded,
// and the SDK copies them again into the span. But a sampler may also add attributes to
// the span: core's sampler takes the attributes of a server span from the exchange and
// adds them, which needs only one copy.

// These are the stages in which the start attributes are handed over. In each stage, the
// attributes can be taken once. If another span starts in the same context at that time,
// in a sampler, a processor or one of their goroutines, that span receives none.
const (
	// stageTaken also means that there are no attributes to hand over.
	stageTaken uint32 = iota
	// stageOffered means that no sampler has seen the attributes.
	stageOffered
	// stageSampling means that a sampler is deciding.
	stageSampling
	// stageDecided means that a processor may add the remaining attributes.
	stageDecided
)

// coreSampledProvider is a provider that samples with core.Sampler.
type coreSampledProvider struct{ trace.TracerProvider }

// SampledByCore marks provider as sampling with core.Sampler. The engine then passes the
// start attributes of a server span directly to that sampler, which is cheaper than a
// start option.
//
// A sampler that wraps core.Sampler must pass on the attributes that core.Sampler adds,
// and must not retain them. If the provider has another sampler, spans are complete, but
// that sampler does not see their attributes. Span processors that are registered before
// core's see some attributes only after OnStart.
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

// Offer holds the attributes with which the span of an exchange starts.
type Offer struct {
	Attributes []attribute.KeyValue
	// Later is the number of attributes that will probably be added at the end of the
	// span.
	Later int
	// samplerCount is the number of attributes that the sampler was to add to the span.
	samplerCount int
}

// otherAttributes returns the attributes that no sampler was to add.
func (o *Offer) otherAttributes() []attribute.KeyValue { return o.Attributes[o.samplerCount:] }

// Start passes the attributes of a server span that is being started to core's sampler
// and processors. All methods may be called on a nil Start, which stands for any other
// span. The zero Start has no attributes.
type Start struct {
	stage atomic.Uint32
	// name points to the name of the span. A pointer is half the size of a string.
	name  *string
	offer *Offer
}

// startKey is the context key of a Start. It is separate from [Exchange], so that an
// exchange needs no exported method for it.
type startKey struct{}

// suppressedStart is the Start of every span in a suppressed context.
var suppressedStart = new(Start)

// StartUnder returns the Start in ctx, which is the parent context that a sampler
// receives.
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

// ValueOfSuppressed returns the value of a suppressed context for key, except for the
// span.
func ValueOfSuppressed(key any) (value any, ok bool) {
	switch key.(type) {
	case Exchange:
		return Suppressed{}, true
	case startKey:
		return suppressedStart, true
	}
	return nil, false
}

// IsSuppressed reports whether ctx is suppressed. s must be the result of [StartUnder]
// for ctx. It also works for a context that holds only the values of [Keys], which has no
// Start.
func (s *Start) IsSuppressed(ctx context.Context) bool {
	if s != nil {
		return s == suppressedStart
	}
	_, suppressed := ctx.Value(Exchange{}).(Suppressed)
	return suppressed
}

// Offer makes o available to the sampler and the processors until Withdraw is called. o
// is for the span called *name, and the name must not change.
func (s *Start) Offer(name *string, o *Offer) {
	o.samplerCount = 0
	s.name, s.offer = name, o
	s.stage.Store(stageOffered)
}

// Withdraw ends the offer. It returns the attributes that neither the sampler nor a
// processor has taken.
func (s *Start) Withdraw() (left []attribute.KeyValue) {
	if s.stage.Load() != stageTaken && s.stage.Swap(stageTaken) != stageTaken {
		left = s.offer.otherAttributes()
	}
	s.offer = nil
	return left
}

// Attributes returns the attributes of the server span that is being started, for the
// sampler's decision. It returns nil for any other span, or if there are no attributes.
// The sampler must not modify the attributes, nor use them after it has returned. It must
// call Decided after its decision.
func (s *Start) Attributes() []attribute.KeyValue {
	if s == nil || s.stage.Load() != stageOffered || !s.stage.CompareAndSwap(stageOffered, stageSampling) {
		return nil
	}
	return s.offer.Attributes
}

// Decided must be called when the sampler has decided after calling Attributes. It
// returns the attributes that the sampler must add to a recorded span.
func (s *Start) Decided(recorded bool) (add []attribute.KeyValue) {
	if s == nil || s.stage.Load() != stageSampling {
		return nil
	}
	o := s.offer
	if recorded {
		// The SDK doubles the capacity of a span's attributes when it is exceeded. If the
		// sampler adds half of the final number of attributes, the others fit after one
		// doubling. If it added all start attributes, most of the doubled capacity would
		// remain unused.
		n := len(o.Attributes)
		o.samplerCount = min(n, (n+o.Later+1)/2)
		add = o.Attributes[:o.samplerCount:o.samplerCount]
	}
	s.stage.Store(stageDecided)
	return add
}

// Others returns the start attributes of the server span that no sampler was to add, and
// nil for any other span. It is for core's span processors, which must add the attributes
// before another processor sees the span. If they are not taken, the engine adds them
// after the start.
func (s *Start) Others(span interface{ Name() string }) []attribute.KeyValue {
	// An earlier processor may have started its own span in the same context.
	if s == nil || s.stage.Load() != stageDecided || span.Name() != *s.name ||
		!s.stage.CompareAndSwap(stageDecided, stageTaken) {
		return nil
	}
	return s.offer.otherAttributes()
}
