// Package console prints telemetry for developers: traces as trees, each when
// it is complete, through a writer that the signals share.
//
// Requests never wait for it. It imports pipeline for the queue, sampling,
// sanitize, settings and tracetree.
package console
