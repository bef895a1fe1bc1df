// Package service starts, watches and stops the service of a subject: as a
// command, in the process of the suite, or not at all if it is already running.
// An [Instance] is a service with the receiver that it exports to. Package service
// is independent of checks, and imports poll, wire and otlptest.
package service
