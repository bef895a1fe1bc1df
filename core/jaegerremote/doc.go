// Package jaegerremote lets Jaeger decide what is sampled: OpenTelemetry's Jaeger
// remote sampler, by variable. It is a module of its own: a service that does not
// import it has nothing of Jaeger in its build.
//
//	import _ "github.com/samespan/samespan/core/jaegerremote"
//
// Then OTEL_TRACES_SAMPLER may be jaeger_remote or parentbased_jaeger_remote, of
// which the second keeps the decision of a caller. OTEL_TRACES_SAMPLER_ARG, as the
// specification has it, is a list of:
//
//   - endpoint, the URL of Jaeger's sampling endpoint over HTTP. Default:
//     http://localhost:5778/sampling
//   - pollingIntervalMs, how often the strategy is fetched, in milliseconds, 1 or
//     more. Default: 60000
//   - initialSamplingRate, the ratio from 0 to 1 that is sampled until Jaeger has
//     answered for the first time. Default: 0.001
//
// For example:
//
//	OTEL_TRACES_SAMPLER=parentbased_jaeger_remote
//	OTEL_TRACES_SAMPLER_ARG=endpoint=http://jaeger:5778/sampling,initialSamplingRate=0.25
//
// A list that says anything else is an error of Setup. That Jaeger cannot be
// reached is no error: the last strategy, or the initial one, stays, and the
// failure is given to OpenTelemetry's error handler, but for one while Setup is
// still running: then the next one is. The strategy is asked for by service.name.
// Requests for it make no telemetry.
package jaegerremote
