package registry

import (
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// TestInstrumentationContainsItsFunction proves that what a registered function
// does wrong is an error, and that it gets the provider.
func TestInstrumentationContainsItsFunction(t *testing.T) {
	failed := errors.New("no memory statistics")
	provider := noop.NewMeterProvider()
	for name, test := range map[string]struct {
		start func(metric.MeterProvider) error
		want  string
		is    error
	}{
		"works":  {func(metric.MeterProvider) error { return nil }, "", nil},
		"fails":  {func(metric.MeterProvider) error { return failed }, "the numbers: no memory statistics", failed},
		"panics": {func(metric.MeterProvider) error { panic("broken") }, "registered for the numbers panicked: broken", nil},
	} {
		t.Run(name, func(t *testing.T) {
			i := Instrumentation{describes: "the numbers"}
			if i.Registered() || i.Start(provider) != nil {
				t.Error("got a function, want none before Register")
			}
			var given metric.MeterProvider
			i.Register(func(p metric.MeterProvider) error { given = p; return test.start(p) })
			err := i.Start(provider)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
			if !i.Registered() || given != metric.MeterProvider(provider) {
				t.Errorf("the function was called with %v, want the provider", given)
			}
		})
	}
}
