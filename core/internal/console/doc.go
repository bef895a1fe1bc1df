// Package console prints telemetry for a developer: traces as trees, each once it
// is whole, and a writer that the signals share.
//
// A request never waits for it. It imports pipeline for the queue, sampling,
// sanitize, settings and tracetree.
package console
