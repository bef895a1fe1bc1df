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

// Providers are providers that were not built by [Setup], but by the service itself or by
// a vendor's distribution of OpenTelemetry.
type Providers struct {
	// TracerProvider, MeterProvider and LoggerProvider record the telemetry of the
	// service. If a provider is nil, its signal is not recorded.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	LoggerProvider log.LoggerProvider
	// Shared means that other code uses the providers too. [Telemetry.Shutdown] then
	// flushes the providers, but does not shut them down: the code that built them has to
	// do so. Default: Shutdown flushes the providers and shuts them down.
	Shared bool
}

// WithProviders makes a Telemetry that uses existing providers, in place of providers
// that Setup builds. Everything else is unchanged: [Telemetry.Go], [Telemetry.Draining],
// [Telemetry.LogHandler] and the adapters use these providers, and [Telemetry.Serve]
// flushes and shuts them down within the grace period. It calls their methods ForceFlush
// and Shutdown, if they have them, concurrently, so that no provider can delay another.
//
// Exporters, samplers, limits and the resource belong to the providers. Variables for
// these are not read, and an option for one of them makes Setup return an error. The
// propagator, the time limits, the options for server spans and [WithRuntimeMetrics] work
// as usual. With OTEL_SDK_DISABLED, nothing is recorded. If the sampler is not
// parent-based, wrap it in [Sampler], so that it records nothing of excluded requests.
//
// [Stats] has the number of ended spans if the TracerProvider is the SDK's. All other
// counts are 0, since the results of exports are not known. Errors that the SDK reports,
// such as failed exports, are logged. Default: Setup builds the providers.
func WithProviders(existing Providers) Option {
	return optionFunc(func(c *config) {
		if existing.TracerProvider == nil && existing.MeterProvider == nil && existing.LoggerProvider == nil {
			c.reject("WithProviders", ": no provider is given, want at least one")
			return
		}
		for _, provider := range []struct {
			field string
			value any
		}{{"TracerProvider", existing.TracerProvider}, {"MeterProvider", existing.MeterProvider}, {"LoggerProvider", existing.LoggerProvider}} {
			if v := reflect.ValueOf(provider.value); v.Kind() == reflect.Pointer && v.IsNil() {
				c.reject("WithProviders", ": %s, want a provider, or the field unset", fmt.Sprintf("%s is a nil %T", provider.field, provider.value))
				return
			}
		}
		c.ownProviders = &providers.Own{Tracer: existing.TracerProvider, Meter: existing.MeterProvider, Logger: existing.LoggerProvider, Shared: existing.Shared}
		c.Own = &settings.Own{Shared: existing.Shared}
		for _, provider := range []struct {
			typeName *string
			provider any
		}{{&c.Own.Traces, existing.TracerProvider}, {&c.Own.Metrics, existing.MeterProvider}, {&c.Own.Logs, existing.LoggerProvider}} {
			if provider.provider != nil {
				*provider.typeName = fmt.Sprintf("%T", provider.provider)
			}
		}
	})
}
