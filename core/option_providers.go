package core

import (
	"fmt"
	"reflect"

	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/providers"
	"github.com/samespan/samespan/core/internal/settings"
)

// Providers are providers that something else than [Setup] has built: the service
// itself, or a vendor's distribution of OpenTelemetry.
type Providers struct {
	// TracerProvider, MeterProvider and LoggerProvider make what the service
	// records. Of a signal whose provider is nil, nothing is made.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	LoggerProvider log.LoggerProvider
	// Shared says that others use the providers too: at the end they are flushed,
	// and shutting them down is left to those who built them. Default: they are
	// shut down.
	Shared bool
}

// WithProviders makes a Telemetry over providers of one's own, in place of those
// that Setup builds. Everything else is as ever: [Telemetry.Serve] flushes and ends
// them within the grace period, all at the same time, whatever one of them does, and
// [Telemetry.Go], [Telemetry.Draining], [Telemetry.LogHandler] and the adapters work
// over them. They are flushed and shut down by their methods ForceFlush and
// Shutdown, where they have these.
//
// Exporters, samplers, limits and the resource are the providers': the variables for
// them are not read, and an option for them is an error of Setup. The propagator,
// the times, the options for server spans, OTEL_SDK_DISABLED, with which nothing is
// made, and [WithRuntimeMetrics] work as ever. A sampler that is not parent-based
// belongs into [Sampler], so that it records nothing of excluded requests.
//
// Of [Stats] the spans that have ended are known, where the TracerProvider is the
// SDK's; what became of them is not, and the other counts are 0. What the SDK
// reports, such as exports that fail, is logged. Default: Setup builds the
// providers.
func WithProviders(own Providers) Option {
	return optionFunc(func(c *config) {
		if own.TracerProvider == nil && own.MeterProvider == nil && own.LoggerProvider == nil {
			c.reject("WithProviders", ": no provider is given, want at least one")
			return
		}
		for _, provider := range []struct {
			field string
			value any
		}{{"TracerProvider", own.TracerProvider}, {"MeterProvider", own.MeterProvider}, {"LoggerProvider", own.LoggerProvider}} {
			if v := reflect.ValueOf(provider.value); v.Kind() == reflect.Pointer && v.IsNil() {
				c.reject("WithProviders", ": %s is a nil %T, want a provider, or nothing for none", provider.field, provider.value)
				return
			}
		}
		c.ownProviders = &providers.Own{Tracer: own.TracerProvider, Meter: own.MeterProvider, Logger: own.LoggerProvider, Shared: own.Shared}
		c.Own = &settings.Own{Shared: own.Shared}
		for _, named := range []struct {
			to       *string
			provider any
		}{{&c.Own.Traces, own.TracerProvider}, {&c.Own.Metrics, own.MeterProvider}, {&c.Own.Logs, own.LoggerProvider}} {
			if named.provider != nil {
				*named.to = fmt.Sprintf("%T", named.provider)
			}
		}
	})
}
