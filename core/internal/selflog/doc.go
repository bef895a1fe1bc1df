// Package selflog logs messages about the telemetry itself: losses, each kind at most
// once a minute, and the messages of OpenTelemetry's own logger and error handler. These
// messages are never exported.
//
// It imports no package of this module, so that all packages can log with it.
package selflog
