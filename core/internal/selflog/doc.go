// Package selflog logs what is said about the telemetry itself: what was lost,
// each kind at most once a minute, and what OpenTelemetry's own logger and error
// handler are given. None of it is exported.
//
// It imports nothing of this module.
package selflog
