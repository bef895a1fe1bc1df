// Package contextvalue owns the values that the engine puts into the context of
// a request for code outside the engine: core's sampler and span processors,
// packages that suppress spans, and adapters whose framework's context is not
// derived from another. It imports only OpenTelemetry's API.
package contextvalue
