package core

import (
	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel/propagation"

	"github.com/samespan/samespan/core/internal/env"
)

const variablePropagators = "OTEL_PROPAGATORS"

// resolvePropagator returns what OTEL_PROPAGATORS asks for, else the option,
// else W3C trace context and baggage. "none" anywhere in the list turns
// propagation off.
func resolvePropagator(e *environment, option propagation.TextMapPropagator) propagation.TextMapPropagator {
	if names, ok := e.vars.List(variablePropagators); ok {
		propagator, err := autoprop.TextMapPropagator(names...)
		if err == nil {
			return propagator
		}
		value, _ := e.vars.Lookup(variablePropagators)
		e.report(&env.Invalid{
			Name: e.vars.Label(variablePropagators), Value: value, Problem: err.Error(),
			Want: "names of tracecontext, baggage, b3, b3multi, jaeger, xray, ottrace, none, separated by commas",
		})
	}
	if option != nil {
		return option
	}
	return propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
}
