package register_test

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/register"
)

// TestNamesAreChecked proves that registering an invalid name, or one that is
// taken, panics.
func TestNamesAreChecked(t *testing.T) {
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

func panics(call func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	call()
	return false
}
