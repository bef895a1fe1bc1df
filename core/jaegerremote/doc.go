// Package jaegerremote registers OpenTelemetry's Jaeger remote sampler, with
// which Jaeger decides what is sampled. It is a separate module, so that
// services that do not import it do not link it.
//
//	import _ "github.com/samespan/samespan/core/jaegerremote"
//
// Then OTEL_TRACES_SAMPLER may be jaeger_remote or parentbased_jaeger_remote,
// of which the second keeps the decision of a caller. OTEL_TRACES_SAMPLER_ARG,
// as the specification has it, is a list of:
//
//   - endpoint, the URL of Jaeger's sampling endpoint over HTTP. Default:
//     http://localhost:5778/sampling
//   - pollingIntervalMs, how often the strategy is fetched, in milliseconds, 1
//     or
//     more. Default: 60000
//   - initialSamplingRate, the ratio from 0 to 1 that is sampled until Jaeger
//     has
//     answered for the first time. Default: 0.001
//
// For example:
//
//	OTEL_TRACES_SAMPLER=parentbased_jaeger_remote
//	OTEL_TRACES_SAMPLER_ARG=endpoint=http://jaeger:5778/sampling,initialSamplingRate=0.25
//
// Any other key or value makes Setup return an error. If Jaeger cannot be
// reached, the last strategy, or the initial one, stays in effect, and the
// error is passed to OpenTelemetry's error handler; during Setup, and with
// core.WithoutGlobals, it is logged instead. The strategy is requested for
// service.name. These requests record no telemetry.
package jaegerremote
