package subject

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Sampler returns the contract's sampler: it drops spans whose url.path begins
// with prefix, by the attributes that it gets, and records those attributes on
// other spans.
func Sampler(prefix string) sdktrace.Sampler { return prefixSampler{prefix: prefix} }

type prefixSampler struct{ prefix string }

func (s prefixSampler) Description() string { return "drops " + s.prefix }

func (s prefixSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	parent := trace.SpanContextFromContext(p.ParentContext)
	result := sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample, Tracestate: parent.TraceState()}
	if parent.IsValid() && !parent.IsRemote() {
		if !parent.IsSampled() {
			result.Decision = sdktrace.Drop
		}
		return result
	}
	keys := make([]string, len(p.Attributes))
	for i, a := range p.Attributes {
		keys[i] = string(a.Key)
		if a.Key == "url.path" && strings.HasPrefix(a.Value.AsString(), s.prefix) {
			result.Decision = sdktrace.Drop
			return result
		}
	}
	result.Attributes = []attribute.KeyValue{attribute.String("sampler.attributes", strings.Join(keys, ","))}
	return result
}
