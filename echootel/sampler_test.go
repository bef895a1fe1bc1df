package echootel

import (
	"sync"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// sampler keeps the attributes that it was asked to decide by.
type sampler struct {
	sdktrace.Sampler
	mu    sync.Mutex
	asked map[string]any
}

func newSampler() *sampler { return &sampler{Sampler: sdktrace.AlwaysSample()} }

func (s *sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = make(map[string]any)
	for _, kv := range p.Attributes {
		s.asked[string(kv.Key)] = kv.Value.AsInterface()
	}
	return s.Sampler.ShouldSample(p)
}

func (s *sampler) last() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}
