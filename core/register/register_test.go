package register_test

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/register"
)

// TestInvalidNamePanics proves that registering a name panics if the name is invalid or
// already registered.
func TestInvalidNamePanics(t *testing.T) {
	build := func(context.Context) (sdktrace.SpanExporter, error) { return nil, nil }
	register.SpanExporter("taken", build)
	for _, name := range []string{"", "Upper", "a,b", " a", "otlp", "none", "taken"} {
		if !panics(func() { register.SpanExporter(name, build) }) {
			t.Errorf("%q: want a panic", name)
		}
	}
	if !panics(func() { register.SpanExporter("other", nil) }) {
		t.Error("no function: want a panic")
	}
	if !panics(func() { register.Sampler("other", nil) }) {
		t.Error("no function of a sampler: want a panic")
	}
}

// panics reports whether function panics.
func panics(function func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	function()
	return false
}
