// Package task runs the background tasks of a service: it counts them, records how
// each has ended, and waits for them at the end.
//
// It imports plural and timelimit, and knows neither servers nor exporters.
package task
