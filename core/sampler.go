package core

import (
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
)

const (
	variableSampler         = "OTEL_TRACES_SAMPLER"
	variableSamplerArgument = "OTEL_TRACES_SAMPLER_ARG"
)

// resolveSampler returns what OTEL_TRACES_SAMPLER asks for, else the option,
// else parentbased_always_on.
func resolveSampler(e *environment, option sdktrace.Sampler) sdktrace.Sampler {
	fallback := option
	if fallback == nil {
		fallback = sdktrace.ParentBased(sdktrace.AlwaysSample())
	}
	switch e.choice(variableSampler, "", "always_on", "always_off", "traceidratio",
		"parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio") {
	case "always_on":
		return sdktrace.AlwaysSample()
	case "always_off":
		return sdktrace.NeverSample()
	case "traceidratio":
		return sdktrace.TraceIDRatioBased(e.ratio(variableSamplerArgument, 1))
	case "parentbased_always_on":
		return sdktrace.ParentBased(sdktrace.AlwaysSample())
	case "parentbased_always_off":
		return sdktrace.ParentBased(sdktrace.NeverSample())
	case "parentbased_traceidratio":
		return sdktrace.ParentBased(sdktrace.TraceIDRatioBased(e.ratio(variableSamplerArgument, 1)))
	}
	return fallback
}

// excludingSampler drops every span of an excluded request, whatever the
// service's sampler would do.
type excludingSampler struct{ sdktrace.Sampler }

func (s excludingSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if httpserver.Suppressed(p.ParentContext) || detachedSuppressed(p.ParentContext) {
		return sdktrace.SamplingResult{
			Decision:   sdktrace.Drop,
			Tracestate: trace.SpanContextFromContext(p.ParentContext).TraceState(),
		}
	}
	return s.Sampler.ShouldSample(p)
}
