package subject

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Sampler returns the contract's sampler. It drops a span if the attributes that it is
// given have a url.path that begins with prefix. On other spans it records the given
// attributes.
func Sampler(prefix string) sdktrace.Sampler { return prefixSampler{prefix: prefix} }

// prefixSampler is the sampler that Sampler returns. It drops spans by the prefix of url.path.
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
