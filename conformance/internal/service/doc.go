// Package service starts, watches and ends the service of a subject: as a command,
// in the process of the suite, or by doing nothing for one that runs already. An
// [Instance] is a service together with the receiver that it exports to. It knows
// no check, and imports poll, wire and otlptest.
package service
