package contextvalue

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// If the attributes of a new span are passed as a start option, the SDK copies them twice:
// for the sampler, even if the span is not recorded, and into the span. The types in this
// file save the first copy: core's sampler reads the attributes from the exchange, and
// returns them as attributes to add to the span.

// A Start goes through the stages offered, sampling, decided and taken, and never back. The
// zero value is stageTaken, so that a zero Start has no attributes. A sampler, a processor or
// one of their goroutines may start another span in the same context. That span receives none
// of the attributes, since each stage is entered only once.
const (
	// stageTaken means that no attributes remain: a processor has taken them, the offer has
	// been withdrawn, or there was none.
	stageTaken uint32 = iota
	// stageOffered means that no sampler has seen the attributes.
	stageOffered
	// stageSampling means that a sampler is deciding.
	stageSampling
	// stageDecided means that the sampler has decided. A processor may now add the attributes
	// that the sampler has not added.
	stageDecided
)

// coreSampledProvider is a provider that samples with core.Sampler.
type coreSampledProvider struct{ trace.TracerProvider }

// SampledByCore marks provider as sampling with core.Sampler. The engine then passes the
// start attributes of a server span directly to that sampler, which is cheaper than a
// start option.
//
// A sampler that wraps core.Sampler must return the attributes that core.Sampler returns,
// and must not retain them. If the mark is wrong, because the provider has another sampler,
// that sampler does not see the start attributes, but ended spans have all of them. A span
// processor that is registered before that of core sees some start attributes only after
// OnStart.
func SampledByCore(provider trace.TracerProvider) trace.TracerProvider {
	return coreSampledProvider{provider}
}

// Provider returns the provider that [SampledByCore] has marked, and true. For a provider
// without the mark, it returns p and false.
func Provider(p trace.TracerProvider) (provider trace.TracerProvider, byCore bool) {
	if s, ok := p.(coreSampledProvider); ok {
		return s.TracerProvider, true
	}
	return p, false
}

// Offer holds the attributes with which the span of an exchange starts.
type Offer struct {
	Attributes []attribute.KeyValue
	// Later is the expected number of attributes that are added at the end of the span.
	Later int
	// samplerAttributeCount is the number of attributes, at the beginning of Attributes, that
	// the sampler adds to the span.
	samplerAttributeCount int
}

// otherAttributes returns the attributes that the sampler does not add.
func (o *Offer) otherAttributes() []attribute.KeyValue { return o.Attributes[o.samplerAttributeCount:] }

// Start passes the attributes of a starting server span to core's sampler and processors.
// For any other span, the Start is nil. The methods that the sampler and the processors call
// accept a nil Start. The zero Start has no attributes.
type Start struct {
	stage atomic.Uint32
	// name points to the name of the span. A pointer is half the size of a string.
	name  *string
	offer *Offer
}

// startKey is the context key of a Start. If the key were [Exchange], the exchange would
// need an exported method that returns its Start.
type startKey struct{}

// suppressedStart is the Start of every span in a suppressed context.
var suppressedStart = new(Start)

// StartUnder returns the Start in ctx, the parent context that a sampler or a processor
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

// ValueOfSuppressed returns the value for key, and true, if all suppressed contexts have the
// same value for this key. For all other keys, such as that of the span, it returns nil and
// false.
func ValueOfSuppressed(key any) (value any, ok bool) {
	switch key.(type) {
	case Exchange:
		return Suppressed{}, true
	case startKey:
		return suppressedStart, true
	}
	return nil, false
}

// IsSuppressed reports whether ctx is suppressed. s must be the result of [StartUnder] for
// ctx. s is nil for a context that holds only the values of [Keys]; the exchange then
// shows whether ctx is suppressed.
func (s *Start) IsSuppressed(ctx context.Context) bool {
	if s != nil {
		return s == suppressedStart
	}
	_, suppressed := ctx.Value(Exchange{}).(Suppressed)
	return suppressed
}

// Offer makes o available to the sampler and the processors until Withdraw is called. The
// attributes are for the span with the name *name, which must not change before Withdraw.
func (s *Start) Offer(name *string, o *Offer) {
	o.samplerAttributeCount = 0
	s.name, s.offer = name, o
	s.stage.Store(stageOffered)
}

// Withdraw ends the offer. It returns the attributes that neither the sampler nor a
// processor has taken.
func (s *Start) Withdraw() (remaining []attribute.KeyValue) {
	if s.stage.Load() != stageTaken && s.stage.Swap(stageTaken) != stageTaken {
		remaining = s.offer.otherAttributes()
	}
	s.offer = nil
	return remaining
}

// Attributes returns the attributes of the starting server span, for the sampler's
// decision. It returns nil for any other span, or if there are no attributes. The sampler
// must not modify the attributes or use them after it has returned. After its decision, it
// must call Decided.
func (s *Start) Attributes() []attribute.KeyValue {
	if s == nil || s.stage.Load() != stageOffered || !s.stage.CompareAndSwap(stageOffered, stageSampling) {
		return nil
	}
	return s.offer.Attributes
}

// Decided returns the attributes that the sampler must add to the span if it is recorded.
// A sampler that has called Attributes must call Decided after its decision.
func (s *Start) Decided(recorded bool) (toAdd []attribute.KeyValue) {
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
		o.samplerAttributeCount = min(n, (n+o.Later+1)/2)
		toAdd = o.Attributes[:o.samplerAttributeCount:o.samplerAttributeCount]
	}
	s.stage.Store(stageDecided)
	return toAdd
}

// Others returns the start attributes of the server span that the sampler has not added.
// It returns nil for any other span. core's span processors call Others and add the
// attributes before other processors see the span. If no processor calls Others, the
// engine adds the attributes after the start.
func (s *Start) Others(span interface{ Name() string }) []attribute.KeyValue {
	// Compare the names: an earlier processor may have started its own span in the same
	// context.
	if s == nil || s.stage.Load() != stageDecided || span.Name() != *s.name ||
		!s.stage.CompareAndSwap(stageDecided, stageTaken) {
		return nil
	}
	return s.offer.otherAttributes()
}
