// Package contextvalue owns the values that the engine puts into the context of a request
// for code outside the engine: core's sampler and span processors, packages that suppress
// spans, and adapters for frameworks whose context is not derived from another context.
// It imports only OpenTelemetry's API.
package contextvalue
