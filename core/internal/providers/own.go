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

// Own are providers that the service has built itself. A nil one makes nothing.
type Own struct {
	Tracer trace.TracerProvider
	Meter  metric.MeterProvider
	Logger log.LoggerProvider
	// Shared says that they are not shut down.
	Shared bool
}

// Adopt makes what own makes, over providers of [None]. With disabled it makes
// nothing, but flushes and ends them all the same.
func (p *Providers) Adopt(own Own, disabled bool) {
	p.adopt(own.Tracer, "tracer provider", own.Shared)
	if !isSameProvider(own.Meter, own.Tracer) {
		p.adopt(own.Meter, "meter provider", own.Shared)
	}
	if !isSameProvider(own.Logger, own.Tracer) && !isSameProvider(own.Logger, own.Meter) {
		p.adopt(own.Logger, "logger provider", own.Shared)
	}
	if disabled {
		return
	}
	if own.Tracer != nil {
		p.Tracer = own.Tracer
		p.countSpans(own.Tracer)
	}
	if own.Meter != nil {
		p.Meter = own.Meter
	}
	if own.Logger != nil {
		p.Logger = own.Logger
		p.processesLogs.Store(true)
	}
}

// isSameProvider reports whether two providers are one value, which is flushed and shut down
// once.
func isSameProvider(a, b any) bool {
	return a != nil && reflect.TypeOf(a).Comparable() && reflect.ValueOf(a).Comparable() && a == b
}

// adopt flushes and ends a provider with everything else.
func (p *Providers) adopt(provider any, what string, shared bool) {
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
	p.added = append(p.added, pipeline.NewForeign(describeComponent(what, provider), flush, shutdown))
}

// countSpans counts the spans that end, where the provider is the SDK's, until the
// shutdown.
func (p *Providers) countSpans(provider trace.TracerProvider) {
	sdk, ok := provider.(interface {
		RegisterSpanProcessor(sdktrace.SpanProcessor)
		UnregisterSpanProcessor(sdktrace.SpanProcessor)
	})
	if !ok {
		return
	}
	counter := &spanCounter{ended: &p.ownEnded}
	sdk.RegisterSpanProcessor(counter)
	p.stopCounting = func() { sdk.UnregisterSpanProcessor(counter) }
}

// OwnEnded returns how many spans of a provider of the service's own have ended.
func (p *Providers) OwnEnded() uint64 { return p.ownEnded.Load() }

// spanCounter is a span processor that counts.
type spanCounter struct{ ended *atomic.Uint64 }

func (*spanCounter) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (*spanCounter) ForceFlush(context.Context) error                { return nil }
func (*spanCounter) Shutdown(context.Context) error                  { return nil }
func (c *spanCounter) OnEnd(span sdktrace.ReadOnlySpan) {
	if span.SpanContext().IsSampled() {
		c.ended.Add(1)
	}
}
