package core

import (
	"strings"

	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel/propagation"

	"github.com/samespan/samespan/core/internal/env"
)

const variablePropagators = "OTEL_PROPAGATORS"

// resolvePropagator returns what OTEL_PROPAGATORS asks for, else the option,
// else W3C trace context and baggage, and what it is called. "none" anywhere in
// the list turns propagation off.
func resolvePropagator(e *environment, option propagation.TextMapPropagator) (propagator propagation.TextMapPropagator, name string) {
	if names, ok := e.vars.List(variablePropagators); ok {
		propagator, err := autoprop.TextMapPropagator(names...)
		if err == nil {
			return propagator, strings.Join(names, ",")
		}
		value, _ := e.vars.Lookup(variablePropagators)
		e.report(&env.Invalid{
			Name: e.vars.Label(variablePropagators), Value: value, Problem: err.Error(),
			Want: "names of tracecontext, baggage, b3, b3multi, jaeger, xray, ottrace, none, separated by commas",
		})
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
