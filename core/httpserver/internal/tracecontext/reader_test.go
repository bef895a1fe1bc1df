package tracecontext

import (
	"testing"

	"go.opentelemetry.io/otel/propagation"
)

func TestDefaultPropagatorIsRecognised(t *testing.T) {
	tests := []struct {
		name       string
		propagator propagation.TextMapPropagator
		want       bool
	}{
		{"default", propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}), true},
		{"no baggage", propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}), false},
		{"another order", propagation.NewCompositeTextMapPropagator(propagation.Baggage{}, propagation.TraceContext{}), false},
		{"trace context alone", propagation.TraceContext{}, false},
		{"one propagator more", propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}, propagation.Baggage{}), false},
		{"none", propagation.NewCompositeTextMapPropagator(), false},
	}
	for _, test := range tests {
		if got := canReplacePropagator(test.propagator); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
