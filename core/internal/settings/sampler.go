package settings

import (
	"fmt"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const (
	variableSampler         = "OTEL_TRACES_SAMPLER"
	variableSamplerArgument = "OTEL_TRACES_SAMPLER_ARG"
)

// defaultSampler is the name of the sampler where nothing names one.
const defaultSampler = "parentbased_always_on"

// resolveSampler returns what OTEL_TRACES_SAMPLER asks for, else the option,
// else parentbased_always_on, and what it is called.
func resolveSampler(e *environment, option sdktrace.Sampler) (sdktrace.Sampler, string) {
	name := e.choice(variableSampler, "", "always_on", "always_off", "traceidratio",
		defaultSampler, "parentbased_always_off", "parentbased_traceidratio")
	if name == "" {
		if option != nil {
			return option, option.Description()
		}
		name = defaultSampler
	}
	root, parentBased := strings.CutPrefix(name, "parentbased_")
	var sampler sdktrace.Sampler
	switch root {
	case "always_off":
		sampler = sdktrace.NeverSample()
	case "traceidratio":
		ratio := e.ratio(variableSamplerArgument, 1)
		sampler, name = sdktrace.TraceIDRatioBased(ratio), fmt.Sprintf("%s %g", name, ratio)
	default:
		sampler = sdktrace.AlwaysSample()
	}
	if parentBased {
		sampler = sdktrace.ParentBased(sampler)
	}
	return sampler, name
}
