// Package jaegerremote registers OpenTelemetry's Jaeger remote sampler, with
// which Jaeger decides what is sampled. It is a separate module, so that
// services that do not import it do not link it.
//
//	import _ "github.com/samespan/samespan/core/jaegerremote"
//
// After the import, OTEL_TRACES_SAMPLER may be jaeger_remote or
// parentbased_jaeger_remote, which keeps the caller's sampling decision.
// OTEL_TRACES_SAMPLER_ARG is a list, as the specification defines it, of:
//
//   - endpoint, the URL of Jaeger's sampling endpoint over HTTP. Default:
//     http://localhost:5778/sampling
//   - pollingIntervalMs, the interval in milliseconds, 1 or more, at which the strategy
//     is fetched. Default: 60000
//   - initialSamplingRate, the ratio from 0 to 1 that is sampled until Jaeger has
//     responded for the first time. Default: 0.001
//
// For example:
//
//	OTEL_TRACES_SAMPLER=parentbased_jaeger_remote
//	OTEL_TRACES_SAMPLER_ARG=endpoint=http://jaeger:5778/sampling,initialSamplingRate=0.25
//
// Any other key or value makes Setup return an error. If Jaeger cannot be reached, the
// last strategy, or else the initial ratio, remains in effect, and the error is passed to
// OpenTelemetry's error handler. During Setup, and with core.WithoutGlobals, the error is
// logged instead. The strategy is requested for service.name. These requests record no
// telemetry.
package jaegerremote
