// Package contextvalue owns what the engine puts into the context of a request,
// for those that look for it without the engine: the sampler and the span
// processors of core, the packages that suppress spans, and adapters whose
// framework's context is no derived one. It imports OpenTelemetry's API alone.
package contextvalue
