package settings

import (
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel/propagation"

	"github.com/samespan/samespan/internal/env"
)

const variablePropagators = "OTEL_PROPAGATORS"

// resolvePropagator returns the propagators and their names. OTEL_PROPAGATORS takes
// precedence over the option. The default is W3C trace context and baggage. Duplicate
// names in the variable are ignored, and "none" anywhere in it disables propagation.
func resolvePropagator(e *environment, option propagation.TextMapPropagator) (propagator propagation.TextMapPropagator, name string) {
	if value, ok := e.vars.Lookup(variablePropagators); ok {
		names := propagatorNames(e.unquote(variablePropagators, value))
		propagator, err := autoprop.TextMapPropagator(names...)
		if err == nil && len(names) > 0 {
			return propagator, strings.Join(names, ",")
		}
		if err != nil {
			e.addVariableError(&env.Invalid{
				Name: e.vars.Label(variablePropagators), Value: value, Problem: err.Error(),
				Want: "any of tracecontext, baggage, b3, b3multi, jaeger, xray, ottrace, none, separated by commas",
			})
		}
	}
	if option != nil {
		name = "none"
		if fields := option.Fields(); len(fields) > 0 {
			name = "headers " + strings.Join(fields, ",")
		}
		return option, name
	}
	return propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}), "tracecontext,baggage"
}

// propagatorNames returns the names in a list without duplicates, in lower case
// unless the service has registered a propagator under the exact name.
func propagatorNames(list string) (names []string) {
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if _, err := autoprop.TextMapPropagator(name); err != nil {
			if _, err := autoprop.TextMapPropagator(strings.ToLower(name)); err == nil {
				name = strings.ToLower(name)
			}
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
