package core

import (
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/sampling"
)

// Sampler returns the sampler that Setup makes of next: it drops every span of
// an excluded request, whatever next would do. It is for providers that are
// built without Setup, whose other samplers than the parent-based ones would
// record what an excluded request leads to. Nil is the default, parentbased_always_on.
func Sampler(next sdktrace.Sampler) sdktrace.Sampler {
	if next == nil {
		next = sdktrace.ParentBased(sdktrace.AlwaysSample())
	}
	return sampling.New(next)
}
