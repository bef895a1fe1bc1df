package registry

import (
	"fmt"
	"reflect"
	"sync"
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

	mu sync.Mutex
	// running has the providers with which the library was started.
	running map[metric.MeterProvider]*runningInstrumentation
}

// runningInstrumentation is a library that was started with a provider.
type runningInstrumentation struct {
	callbacks *callbackProvider
	// useCount is the number of calls of Start that were not stopped.
	useCount int
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
		panic(fmt.Sprintf("register: a function for %s is already registered", i.description))
	}
}

// Registered reports whether a function is registered.
func (i *Instrumentation) Registered() bool { return i.start.Load() != nil }

// Start calls the function, if one is registered. A panic of the function becomes an
// error. stop ends the callbacks that the function has registered.
//
// If the library is already running with the provider, Start does not call the function:
// the callbacks would report everything twice, and the SDK would report the sum. The
// callbacks then end when all calls are stopped.
func (i *Instrumentation) Start(provider metric.MeterProvider) (stop func(), err error) {
	start := i.start.Load()
	if start == nil {
		return func() {}, nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	shareable := reflect.TypeOf(provider).Comparable() && reflect.ValueOf(provider).Comparable()
	if shareable {
		if running := i.running[provider]; running != nil {
			running.useCount++
			return func() { i.stopOne(provider, running) }, nil
		}
	}
	running := &runningInstrumentation{callbacks: &callbackProvider{MeterProvider: provider}, useCount: 1}
	if err := i.call(*start, running.callbacks); err != nil {
		running.callbacks.unregister()
		return func() {}, err
	}
	if !shareable {
		return running.callbacks.unregister, nil
	}
	if i.running == nil {
		i.running = make(map[metric.MeterProvider]*runningInstrumentation)
	}
	i.running[provider] = running
	return func() { i.stopOne(provider, running) }, nil
}

// call calls start. A panic becomes an error.
func (i *Instrumentation) call(start func(metric.MeterProvider) error, provider metric.MeterProvider) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("the function that is registered for %s panicked: %v", i.description, value)
		}
	}()
	if err := start(provider); err != nil {
		return fmt.Errorf("%s: %w", i.description, err)
	}
	return nil
}

// stopOne ends one use of the library with the provider. The last one ends the callbacks.
func (i *Instrumentation) stopOne(provider metric.MeterProvider, running *runningInstrumentation) {
	i.mu.Lock()
	running.useCount--
	last := running.useCount == 0
	if last {
		delete(i.running, provider)
	}
	i.mu.Unlock()
	if last {
		running.callbacks.unregister()
	}
}

// callbackProvider is a meter provider that can end the callbacks that were registered
// with its meters.
type callbackProvider struct {
	metric.MeterProvider

	mu            sync.Mutex
	registrations []metric.Registration
}

// Meter returns a meter of the wrapped provider.
func (p *callbackProvider) Meter(name string, options ...metric.MeterOption) metric.Meter {
	return &callbackMeter{Meter: p.MeterProvider.Meter(name, options...), provider: p}
}

// unregister ends the callbacks.
func (p *callbackProvider) unregister() {
	p.mu.Lock()
	registrations := p.registrations
	p.registrations = nil
	p.mu.Unlock()
	for _, registration := range registrations {
		_ = registration.Unregister()
	}
}

// callbackMeter is a meter of a callbackProvider.
type callbackMeter struct {
	metric.Meter
	provider *callbackProvider
}

// RegisterCallback registers a callback, which ends with unregister.
func (m *callbackMeter) RegisterCallback(callback metric.Callback, instruments ...metric.Observable) (metric.Registration, error) {
	registration, err := m.Meter.RegisterCallback(callback, instruments...)
	if err != nil {
		return nil, err
	}
	m.provider.mu.Lock()
	defer m.provider.mu.Unlock()
	m.provider.registrations = append(m.provider.registrations, registration)
	return registration, nil
}
