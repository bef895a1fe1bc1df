package settings

import (
	"fmt"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/registry"
)

const (
	variableSampler         = "OTEL_TRACES_SAMPLER"
	variableSamplerArgument = "OTEL_TRACES_SAMPLER_ARG"
	variableIDGenerator     = "OTEL_GO_ID_GENERATOR"
)

// defaultSamplerName is the name of the default sampler.
const defaultSamplerName = "parentbased_always_on"

// RandomIDs is the name of the SDK's ID generator.
const RandomIDs = "random"

// resolveSampler determines the sampler and its name. OTEL_TRACES_SAMPLER takes
// precedence over the option. The default is parentbased_always_on. Package providers
// builds a registered sampler later.
func (s *Settings) resolveSampler(e *environment, option sdktrace.Sampler) {
	name := e.readRegisteredName(variableSampler, "", registry.Samplers.Names())
	switch {
	case registry.Samplers.Has(name):
		s.SamplerName, s.effectiveSamplerName = name, name
		s.SamplerArgument, _ = e.vars.Lookup(variableSamplerArgument)
	case name == "" && option != nil:
		s.Sampler, s.effectiveSamplerName = option, option.Description()
	case name == "":
		s.Sampler, s.effectiveSamplerName = newSampler(e, defaultSamplerName)
	default:
		s.Sampler, s.effectiveSamplerName = newSampler(e, name)
	}
}

// newSampler returns a sampler that the specification defines, and its name.
func newSampler(e *environment, name string) (sdktrace.Sampler, string) {
	root, parentBased := strings.CutPrefix(name, "parentbased_")
	var sampler sdktrace.Sampler
	switch root {
	case "always_off":
		sampler = sdktrace.NeverSample()
	case "traceidratio":
		ratio := e.readRatio(variableSamplerArgument, 1)
		sampler, name = sdktrace.TraceIDRatioBased(ratio), fmt.Sprintf("%s %g", name, ratio)
	default:
		sampler = sdktrace.AlwaysSample()
	}
	if parentBased {
		sampler = sdktrace.ParentBased(sampler)
	}
	return sampler, name
}
