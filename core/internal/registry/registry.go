// Package registry holds the components that packages register by name for variables such
// as OTEL_METRICS_EXPORTER. Package register is its public API.
//
// It imports the SDK's types, and no package of this module.
package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Table holds functions that create a T, by name.
type Table[T any] struct {
	// variable is the environment variable whose value is a name in the table.
	variable string
	mu       sync.RWMutex
	// byName has the function of each registered name.
	byName map[string]func(context.Context, Config) (T, error)
}

// Config is the argument of registered functions.
type Config struct {
	ServiceName string
	Argument    string
	Report      func(error)
}

// These tables hold the components that the value of a variable can select.
var (
	SpanExporters   = Table[sdktrace.SpanExporter]{variable: "OTEL_TRACES_EXPORTER"}
	MetricExporters = Table[sdkmetric.Exporter]{variable: "OTEL_METRICS_EXPORTER"}
	MetricReaders   = Table[sdkmetric.Reader]{variable: "OTEL_METRICS_EXPORTER"}
	LogExporters    = Table[sdklog.Exporter]{variable: "OTEL_LOGS_EXPORTER"}
	Samplers        = Table[sdktrace.Sampler]{variable: "OTEL_TRACES_SAMPLER"}
	IDGenerators    = Table[sdktrace.IDGenerator]{variable: "OTEL_GO_ID_GENERATOR"}
)

// builtinNames are the values that core itself supports for each variable.
var builtinNames = map[string][]string{
	"OTEL_TRACES_EXPORTER": {"otlp", "console", "none"}, "OTEL_METRICS_EXPORTER": {"otlp", "console", "none"}, "OTEL_LOGS_EXPORTER": {"otlp", "console", "none"},
	"OTEL_TRACES_SAMPLER": {
		"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
	},
	"OTEL_GO_ID_GENERATOR": {"random"},
}

// Register adds build under a name. It panics if the name is invalid as a value
// of the variable, or already registered.
func (t *Table[T]) Register(name string, build func(context.Context, Config) (T, error)) {
	switch {
	case name == "" || name != strings.ToLower(strings.TrimSpace(name)) || strings.ContainsAny(name, ", \t"):
		panic(fmt.Sprintf("register: the name %q for %s: want lower case, without commas and spaces", name, t.variable))
	case build == nil:
		panic(fmt.Sprintf("register: the function of %q for %s is nil", name, t.variable))
	case slices.Contains(builtinNames[t.variable], name):
		panic(fmt.Sprintf("register: the name %q for %s is built in, want another name", name, t.variable))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byName[name] != nil {
		panic(fmt.Sprintf("register: the name %q for %s is already registered, want another name", name, t.variable))
	}
	if t.byName == nil {
		t.byName = make(map[string]func(context.Context, Config) (T, error))
	}
	t.byName[name] = build
}

// Has reports whether the name is registered.
func (t *Table[T]) Has(name string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byName[name] != nil
}

// Build calls the function that is registered under the name. It returns an error if the
// function panics or returns nil.
func (t *Table[T]) Build(ctx context.Context, name string, config Config) (component T, err error) {
	t.mu.RLock()
	build := t.byName[name]
	t.mu.RUnlock()
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("%s=%q: the function that is registered for it panicked: %v", t.variable, name, value)
		}
	}()
	if component, err = build(ctx, config); err == nil && any(component) == nil {
		err = fmt.Errorf("%s=%q: the function that is registered for it returned nil", t.variable, name)
	}
	return component, err
}

// Names returns the valid values of the variable: first the values that core supports,
// then the registered names.
func (t *Table[T]) Names() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return append(slices.Clone(builtinNames[t.variable]), slices.Sorted(maps.Keys(t.byName))...)
}
