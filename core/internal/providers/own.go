package providers

import (
	"context"
	"reflect"
	"sync/atomic"

	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/pipeline"
)

// Own holds the providers that the service has built itself. A nil provider records
// nothing.
type Own struct {
	Tracer trace.TracerProvider
	Meter  metric.MeterProvider
	Logger log.LoggerProvider
	// Shared means that a shutdown only flushes the providers, because other code still
	// uses them.
	Shared bool
}

// Adopt replaces the providers of [None] by the providers in own. If disabled is set,
// nothing is recorded, but the providers in own are still flushed and shut down.
func (p *Providers) Adopt(own Own, disabled bool) {
	p.addOwnProvider(own.Tracer, "tracer provider", own.Shared)
	if !isSameProvider(own.Meter, own.Tracer) {
		p.addOwnProvider(own.Meter, "meter provider", own.Shared)
	}
	if !isSameProvider(own.Logger, own.Tracer) && !isSameProvider(own.Logger, own.Meter) {
		p.addOwnProvider(own.Logger, "logger provider", own.Shared)
	}
	if disabled {
		return
	}
	if own.Tracer != nil {
		p.Tracer = own.Tracer
		p.startCountingSpans(own.Tracer)
	}
	if own.Meter != nil {
		p.Meter = own.Meter
	}
	if own.Logger != nil {
		p.Logger = own.Logger
		p.hasServiceLogProcessors.Store(true)
	}
}

// isSameProvider reports whether two providers are the same value, which must be flushed
// and shut down only once.
func isSameProvider(a, b any) bool {
	return a != nil && reflect.TypeOf(a).Comparable() && reflect.ValueOf(a).Comparable() && a == b
}

// addOwnProvider adds a provider that the service has built to the components that are
// flushed and, unless it is shared, shut down. kind is the kind of the provider, for errors.
func (p *Providers) addOwnProvider(provider any, kind string, shared bool) {
	if provider == nil {
		return
	}
	flush := func(context.Context) error { return nil }
	if flusher, ok := provider.(interface{ ForceFlush(context.Context) error }); ok {
		flush = flusher.ForceFlush
	}
	shutdown := flush
	if ending, ok := provider.(interface{ Shutdown(context.Context) error }); ok && !shared {
		shutdown = ending.Shutdown
	}
	p.addedComponents = append(p.addedComponents, pipeline.NewForeign(describeComponent(kind, provider), flush, shutdown))
}

// startCountingSpans starts to count the ended spans of provider, if provider has the
// SDK's methods for registering span processors.
func (p *Providers) startCountingSpans(provider trace.TracerProvider) {
	sdk, ok := provider.(interface {
		RegisterSpanProcessor(sdktrace.SpanProcessor)
		UnregisterSpanProcessor(sdktrace.SpanProcessor)
	})
	if !ok {
		return
	}
	counter := &spanCounter{endedCount: &p.ownEndedSpans}
	sdk.RegisterSpanProcessor(counter)
	p.stopCountingSpans = func() { sdk.UnregisterSpanProcessor(counter) }
}

// OwnEnded returns the number of ended spans of a tracer provider that the service has
// built.
func (p *Providers) OwnEnded() uint64 { return p.ownEndedSpans.Load() }

// spanCounter is a span processor that counts ended spans.
type spanCounter struct{ endedCount *atomic.Uint64 }

func (*spanCounter) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (*spanCounter) ForceFlush(context.Context) error                { return nil }
func (*spanCounter) Shutdown(context.Context) error                  { return nil }
func (c *spanCounter) OnEnd(span sdktrace.ReadOnlySpan) {
	if span.SpanContext().IsSampled() {
		c.endedCount.Add(1)
	}
}
