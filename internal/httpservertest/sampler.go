package httpservertest

import (
	"sync"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Sampler samples every span and records the attributes that it receives.
type Sampler struct {
	sdktrace.Sampler
	// mu guards receivedAttributes, which are those of the last span.
	mu                 sync.Mutex
	receivedAttributes map[string]any
}

// NewSampler returns a sampler for [NewSampled].
func NewSampler() *Sampler { return &Sampler{Sampler: sdktrace.AlwaysSample()} }

// ShouldSample implements sdktrace.Sampler.
func (s *Sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receivedAttributes = make(map[string]any)
	for _, kv := range p.Attributes {
		s.receivedAttributes[string(kv.Key)] = kv.Value.AsInterface()
	}
	return s.Sampler.ShouldSample(p)
}

// Last returns the attributes of the last span that the sampler was called for.
func (s *Sampler) Last() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.receivedAttributes
}
