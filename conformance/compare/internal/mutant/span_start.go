package mutant

import (
	"os"
	"slices"

	otelattribute "go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/core"
)

// spanSamplerMutants call the sampler with too few attributes, or ignore its decision.
var spanSamplerMutants = []Mutant{
	{
		Name: "starts-before-it-knows-the-request", Breaks: []string{"span/sampler"},
		Options: withSampler(func(p sdktrace.SamplingParameters, serviceSampler samplerFunc) sdktrace.SamplingResult {
			p.Attributes = nil
			return serviceSampler(p)
		}),
	},
	{
		Name: "reads-Host-when-it-is-too-late", Breaks: []string{"span/sampler"},
		Options: withSampler(func(p sdktrace.SamplingParameters, serviceSampler samplerFunc) sdktrace.SamplingResult {
			p.Attributes = slices.DeleteFunc(slices.Clone(p.Attributes), func(a otelattribute.KeyValue) bool {
				return a.Key == "server.address" || a.Key == "server.port"
			})
			return serviceSampler(p)
		}),
	},
	{
		Name: "keeps-what-the-sampler-drops", Breaks: []string{"span/sampler"},
		Options: withSampler(func(p sdktrace.SamplingParameters, serviceSampler samplerFunc) sdktrace.SamplingResult {
			result := serviceSampler(p)
			result.Decision = sdktrace.RecordAndSample
			return result
		}),
	},
}

// spanQueryMutants have a defect in the attribute url.query.
var spanQueryMutants = []Mutant{
	{
		Name: "shows-the-whole-query", Breaks: []string{"span/query", "span/query-keys", "trust/secrets"},
		Options: []core.Option{core.WithUnredactedQuery()}, Env: []string{"SAMESPAN_SENSITIVE_QUERY_KEYS="},
	},
	{
		Name: "leaves-the-query-out", Breaks: []string{"span/attributes", "span/query", "span/query-keys"},
		Options: []core.Option{core.WithoutQuery()},
	},
	{
		Name: "decodes-the-query", Breaks: []string{"span/attributes", "span/query"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if query := stringAttribute(s.GetAttributes(), "url.query"); query == "page=2&sort=name" {
				s.Attributes = withAttribute(s.GetAttributes(), "url.query", "map[page:2 sort:name]")
			}
		}),
	},
	{
		Name: "has-one-list-of-sensitive-keys", Breaks: []string{"span/query-keys"},
		Env: []string{"SAMESPAN_SENSITIVE_QUERY_KEYS="},
	},
	{
		Name: "records-the-query-in-any-case", Breaks: []string{"span/query-off"},
		Env: []string{"SAMESPAN_QUERY="},
	},
}

// samplerFunc is the method ShouldSample of the service's sampler.
type samplerFunc = func(sdktrace.SamplingParameters) sdktrace.SamplingResult

// withSampler returns options with a sampler that calls decide, which can call the service's
// own sampler. The suite sets SAMESPAN_SAMPLER if the service must have a sampler. If it is
// not set, decide is not called and all root spans are sampled.
func withSampler(decide func(p sdktrace.SamplingParameters, serviceSampler samplerFunc) sdktrace.SamplingResult) []core.Option {
	return []core.Option{core.WithSampler(wrappingSampler{decide})}
}

// wrappingSampler is the sampler that withSampler adds. It calls decide if SAMESPAN_SAMPLER is
// set.
type wrappingSampler struct {
	decide func(p sdktrace.SamplingParameters, serviceSampler samplerFunc) sdktrace.SamplingResult
}

// Description implements sdktrace.Sampler.
func (wrappingSampler) Description() string { return "between" }

// ShouldSample implements sdktrace.Sampler.
func (w wrappingSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	prefix := os.Getenv("SAMESPAN_SAMPLER")
	if prefix == "" {
		return sdktrace.ParentBased(sdktrace.AlwaysSample()).ShouldSample(p)
	}
	return w.decide(p, subject.Sampler(prefix).ShouldSample)
}
