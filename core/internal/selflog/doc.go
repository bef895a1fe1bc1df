// Package selflog logs messages about the telemetry itself: losses, each kind
// at most once a minute, and the messages of OpenTelemetry's own logger and
// error handler. None of them is exported.
//
// It imports no package of this module.
package selflog
