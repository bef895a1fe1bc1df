// Package task runs the background tasks of a service: it counts them, records
// their outcome, and waits for them in a shutdown.
//
// It imports plural and timelimit, and is independent of servers and exporters.
package task
