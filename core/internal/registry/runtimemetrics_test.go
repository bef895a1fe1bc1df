package registry

import (
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// TestStartReturnsErrorsAndPanics proves that Start passes the provider to the
// registered function, and returns an error if the function returns an error or panics.
func TestStartReturnsErrorsAndPanics(t *testing.T) {
	failed := errors.New("no memory statistics")
	provider := noop.NewMeterProvider()
	for name, test := range map[string]struct {
		start   func(metric.MeterProvider) error
		want    string
		wantErr error
	}{
		"works":  {func(metric.MeterProvider) error { return nil }, "", nil},
		"fails":  {func(metric.MeterProvider) error { return failed }, "the numbers: no memory statistics", failed},
		"panics": {func(metric.MeterProvider) error { panic("broken") }, "registered for the numbers panicked: broken", nil},
	} {
		t.Run(name, func(t *testing.T) {
			i := Instrumentation{description: "the numbers"}
			if _, err := i.Start(provider); i.Registered() || err != nil {
				t.Error("got a function, want none before Register")
			}
			var gotProvider metric.MeterProvider
			i.Register(func(p metric.MeterProvider) error { gotProvider = p; return test.start(p) })
			stop, err := i.Start(provider)
			defer stop()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) || test.wantErr != nil && !errors.Is(err, test.wantErr) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
			if wrapper, ok := gotProvider.(*callbackProvider); !i.Registered() || !ok || wrapper.MeterProvider != metric.MeterProvider(provider) {
				t.Errorf("the function was called with %v, want the provider", gotProvider)
			}
		})
	}
}
