// Package task runs the background tasks of a service: it counts them, records
// their outcome, and waits for them in a shutdown.
//
// It is independent of servers and exporters. It imports plural and timelimit for
// messages and errors.
package task
