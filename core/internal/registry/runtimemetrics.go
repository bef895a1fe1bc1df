package registry

import (
	"fmt"
	"sync/atomic"

	"go.opentelemetry.io/otel/metric"
)

// Instrumentation holds a function that starts an instrumentation library with a meter
// provider.
type Instrumentation struct {
	// description says in messages what the library reports: "the metrics of the Go
	// runtime".
	description string
	// start is the registered function, or nil.
	start atomic.Pointer[func(metric.MeterProvider) error]
}

// RuntimeMetrics is the instrumentation that reports the metrics of the Go runtime.
var RuntimeMetrics = Instrumentation{description: "the metrics of the Go runtime"}

// Register registers the function that starts the library. It panics if the function is
// nil or if a function is already registered.
func (i *Instrumentation) Register(start func(metric.MeterProvider) error) {
	if start == nil {
		panic(fmt.Sprintf("register: the function for %s is nil", i.description))
	}
	if !i.start.CompareAndSwap(nil, &start) {
		panic(fmt.Sprintf("register: a function for %s is registered already", i.description))
	}
}

// Registered reports whether a function is registered.
func (i *Instrumentation) Registered() bool { return i.start.Load() != nil }

// Start calls the function, if one is registered. A panic of the function becomes an
// error.
func (i *Instrumentation) Start(provider metric.MeterProvider) (err error) {
	start := i.start.Load()
	if start == nil {
		return nil
	}
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("the function that is registered for %s panicked: %v", i.description, value)
		}
	}()
	if err := (*start)(provider); err != nil {
		return fmt.Errorf("%s: %w", i.description, err)
	}
	return nil
}
